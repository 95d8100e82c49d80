// Elements, made and changed without any text that is parsed: content goes in as text, sizes through the object model.

export type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | null | undefined>;

export function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, of = '', ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (of !== '') made.className = of;
  made.append(...children.filter(isThere));
  return made;
}

export function drawn<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Node[]): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  set(made, attributes);
  made.append(...children);
  return made;
}

export function set<Kind extends Element>(on: Kind, attributes: Attributes): Kind {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null) on.removeAttribute(name);
    else if (on.getAttribute(name) !== String(value)) on.setAttribute(name, String(value));
  }
  return on;
}

export function button(of: string, label: string, press: (event: MouseEvent) => void, ...children: Child[]): HTMLButtonElement {
  const made = element('button', of, ...children);
  made.type = 'button';
  if (label !== '') made.setAttribute('aria-label', label);
  made.addEventListener('click', press);
  return made;
}

/** Changes a text only where it differs, so that a selection by the reader stays. */
export function write(into: Element, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}

/** Changes what an element holds only if `key` differs from that of the last time. */
const keys = new WeakMap<Element, string>();
export function fill(into: Element, key: string, make: () => Child[]): void {
  if (keys.get(into) === key) return;
  keys.set(into, key);
  into.replaceChildren(...make().filter(isThere));
}

/** Puts children in order, moving only those that stand elsewhere. */
export function order(into: Element, children: Element[]): void {
  children.forEach((child, i) => {
    if (into.children[i] !== child) into.insertBefore(child, into.children[i] ?? null);
  });
  while (into.children.length > children.length) into.lastElementChild?.remove();
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

const isThere = (child: Child): child is Node | string => child != null && child !== false;
