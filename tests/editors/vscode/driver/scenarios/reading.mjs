// What the scenarios read from the window, and the files of the example system that they open.

export const PUBLISHER = "services/orders/src/orders/cancel-order.ts";
export const REFUNDS = "services/payments/src/consumers/refund-requests.ts";
export const UNAWAITED = "services/orders/src/carts/abandon-carts.ts";

/** The text of each element, in one line. */
export const texts = async (locator) => (await locator.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
