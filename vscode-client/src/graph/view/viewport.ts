/** Which part of the drawing is seen: dragging, scrolling, zooming, fitting. */

import type { Size } from "../layout";

const SMALLEST = 0.1;
const LARGEST = 3;

export class Viewport {
  private x = 0;
  private y = 0;
  private scale = 1;
  private size: Size = { width: 0, height: 0 };

  constructor(
    private readonly stage: SVGSVGElement,
    private readonly content: SVGGElement,
  ) {
    stage.addEventListener("wheel", (event) => {
      this.turn(event);
    });
    stage.addEventListener("pointerdown", (event) => {
      if (event.target === stage) this.drag(event);
    });
  }

  /** The drawing has another size now. */
  resize(size: Size): void {
    this.size = size;
  }

  /** Show the whole drawing in the middle, larger than life never. */
  fit(): void {
    const { width, height } = this.stage.getBoundingClientRect();
    const scale = Math.min(width / this.size.width, height / this.size.height, 1);
    this.scale = Number.isFinite(scale) ? Math.max(scale, SMALLEST) : 1;
    this.x = (width - this.size.width * this.scale) / 2;
    this.y = (height - this.size.height * this.scale) / 2;
    this.apply();
  }

  zoom(factor: number): void {
    const { width, height } = this.stage.getBoundingClientRect();
    this.zoomAt(factor, width / 2, height / 2);
  }

  /** Move as little as shows the element whole, left of so many covered pixels. */
  reveal(element: Element, covered: number): void {
    const [stage, box] = [this.stage.getBoundingClientRect(), element.getBoundingClientRect()];
    const margin = 24;
    this.x += Math.max(0, stage.left + margin - box.left) - Math.max(0, box.right - stage.right + covered + margin);
    this.y += Math.max(0, stage.top + margin - box.top) - Math.max(0, box.bottom - stage.bottom + margin);
    this.apply();
  }

  private turn(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const stage = this.stage.getBoundingClientRect();
      this.zoomAt(Math.exp(-event.deltaY / 300), event.clientX - stage.left, event.clientY - stage.top);
      return;
    }
    const [right, down] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
    this.x -= right;
    this.y -= down;
    this.apply();
  }

  private drag(start: PointerEvent): void {
    const [x, y] = [this.x - start.clientX, this.y - start.clientY];
    const move = (event: PointerEvent): void => {
      this.x = x + event.clientX;
      this.y = y + event.clientY;
      this.apply();
    };
    const end = (): void => {
      this.stage.removeEventListener("pointermove", move);
      this.stage.classList.remove("dragged");
    };
    this.stage.setPointerCapture(start.pointerId);
    this.stage.classList.add("dragged");
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", end, { once: true });
    this.stage.addEventListener("pointercancel", end, { once: true });
  }

  /** Zoom so that what lies at a point of the stage stays there. */
  private zoomAt(factor: number, x: number, y: number): void {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }

  private apply(): void {
    this.content.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
  }
}
