/** The graph as a file: SVG that needs no style sheet, and PNG. */

import type { Size } from "../layout";
import { svg } from "./elements";

/** What a shape or text looks like. */
const PROPERTIES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
] as const;

const MARGIN = 16;
/** Pixels of the PNG to one of the drawing, as far as browsers draw such a canvas. */
const SCALE = 2;
const LARGEST_CANVAS = 16_000;

/** The drawing in the theme's present colours, whole, at its own size. */
export function asSvg(drawing: SVGGElement, size: Size): string {
  const copy = drawing.cloneNode(true) as SVGGElement;
  copy.removeAttribute("transform");
  for (const unseen of copy.querySelectorAll(".reach")) unseen.remove();
  const [originals, copies] = [[...drawing.querySelectorAll(":not(.reach)")], [...copy.querySelectorAll("*")]];
  copies.forEach((element, index) => {
    const original = originals[index];
    if (original?.matches("path, rect, text")) settle(element, getComputedStyle(original));
    for (const name of ["class", "tabindex", "role", "data-id"]) element.removeAttribute(name);
  });
  const [width, height] = [size.width + 2 * MARGIN, size.height + 2 * MARGIN];
  const ground = getComputedStyle(document.body).backgroundColor;
  const whole = svg("svg", { width, height, viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}` }, [
    svg("rect", { x: -MARGIN, y: -MARGIN, width, height, fill: ground }),
    copy,
  ]);
  return new XMLSerializer().serializeToString(whole);
}

/** The same as PNG, in base64. */
export async function asPng(drawing: SVGGElement, size: Size): Promise<string> {
  const [width, height] = [size.width + 2 * MARGIN, size.height + 2 * MARGIN];
  const scale = Math.min(SCALE, LARGEST_CANVAS / width, LARGEST_CANVAS / height);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(asSvg(drawing, size))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
}

function settle(element: Element, style: CSSStyleDeclaration): void {
  for (const property of PROPERTIES) {
    const value = style.getPropertyValue(property);
    if (value !== "") element.setAttribute(property, value);
  }
}
