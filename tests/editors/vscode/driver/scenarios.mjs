// What a person looks for in the window, one function a scenario. Each returns the facts that it read from the screen.

const CANCEL_ORDER = "services/orders/src/orders/cancel-order.ts";
const ABANDON_CARTS = "services/orders/src/carts/abandon-carts.ts";

const words = (text) => text.replace(/\s+/g, " ").trim();

async function squiggle(window) {
  await window.open(CANCEL_ORDER, 22, 9);
  const found = await window.squiggle();
  const severity = await found.getAttribute("class");
  await window.screenshot("squiggle");
  return { severity };
}

export const scenarios = { squiggle };
