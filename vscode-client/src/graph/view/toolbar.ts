/** The bar above the graph: filters, zoom, export. */

import { type Choices, EVERYTHING, type Filter } from "../filter";
import type { ExportFormat } from "../messages";
import { html } from "./elements";

export interface Actions {
  filter(filter: Filter): void;
  zoom(factor: number): void;
  fit(): void;
  save(format: ExportFormat): void;
}

export class Toolbar {
  private readonly service = html("select", { "aria-label": "Service", id: "service" });
  private readonly broker = html("select", { "aria-label": "Broker", id: "broker" });
  private readonly event = html("select", { "aria-label": "Event", id: "event" });
  private readonly text = html("input", { type: "search", placeholder: "Search names ( / )", "aria-label": "Search names", id: "search" });
  private readonly findings = html("input", { type: "checkbox", id: "findings" });

  constructor(
    element: HTMLElement,
    private readonly actions: Actions,
  ) {
    element.append(
      html("div", { class: "group", role: "group", "aria-label": "Filters" }, [
        this.text,
        this.service,
        this.broker,
        this.event,
        html("label", {}, [this.findings, "With findings"]),
        this.button("Clear", "Clear all filters", () => {
          this.change(EVERYTHING);
        }),
      ]),
      html("div", { class: "group", role: "group", "aria-label": "View" }, [
        this.button("−", "Zoom out", () => {
          actions.zoom(1 / 1.25);
        }),
        this.button("+", "Zoom in", () => {
          actions.zoom(1.25);
        }),
        this.button("Fit", "Show the whole graph", () => {
          actions.fit();
        }),
        this.button("SVG", "Save as SVG…", () => {
          actions.save("svg");
        }),
        this.button("PNG", "Save as PNG…", () => {
          actions.save("png");
        }),
      ]),
    );
    const picked = (select: HTMLSelectElement): string | null => (select.value === "" ? null : select.value);
    for (const control of [this.service, this.broker, this.event, this.text, this.findings]) {
      control.addEventListener("input", () => {
        this.change({
          service: picked(this.service),
          broker: picked(this.broker),
          event: picked(this.event),
          text: this.text.value,
          findingsOnly: this.findings.checked,
        });
      });
    }
  }

  /** Offer what there is to choose, with a filter chosen. */
  offer({ services, brokers, events }: Choices, filter: Filter): void {
    fill(this.service, "All services", services.map(({ id, label }) => [id, label]));
    fill(this.broker, "All brokers", brokers.map((name) => [name, name]));
    fill(this.event, "All events", events.map((name) => [name, name]));
    this.show(filter);
  }

  focusSearch(): void {
    this.text.focus();
    this.text.select();
  }

  private change(filter: Filter): void {
    this.show(filter);
    this.actions.filter(filter);
  }

  private show(filter: Filter): void {
    this.service.value = filter.service ?? "";
    this.broker.value = filter.broker ?? "";
    this.event.value = filter.event ?? "";
    if (this.text.value !== filter.text) this.text.value = filter.text;
    this.findings.checked = filter.findingsOnly;
  }

  private button(text: string, title: string, then: () => void): HTMLButtonElement {
    const button = html("button", { type: "button", title, "aria-label": title }, [text]);
    button.addEventListener("click", then);
    return button;
  }
}

function fill(select: HTMLSelectElement, all: string, options: readonly (readonly [string, string])[]): void {
  select.replaceChildren(...[["", all] as const, ...options].map(([value, text]) => html("option", { value }, [text])));
}
