/**
 * The document for a library that writes style elements, which the panel's policy does not let count:
 * what it writes becomes a style sheet made by script.
 */
export function documentWithoutInlineStyles(): Document {
  return new Proxy(document, {
    get(target, key) {
      if (key === 'createElement') {
        return (name: string, options?: ElementCreationOptions) => create(target, name, options)
      }
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** The same for what such a library makes of the page's own document while it does this. */
export function whileStylesAreSheets(act: () => void): void {
  const plain = document.createElement
  const patched = (name: string, options?: ElementCreationOptions) =>
    name === 'style' ? createStyleHolder(document) : plain.call(document, name, options)
  Object.defineProperty(document, 'createElement', { value: patched, configurable: true })
  try {
    act()
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
}

function create(target: Document, name: string, options?: ElementCreationOptions): HTMLElement {
  if (name === 'style') return createStyleHolder(target)
  return Object.assign(target.createElement(name, options), { setAttribute })
}

/** A style that is set as an attribute does not count either; the same as a property does. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}

function createStyleHolder(target: Document): HTMLElement {
  const holder = target.createElement('span')
  holder.hidden = true
  const sheet = new CSSStyleSheet()
  target.adoptedStyleSheets = [...target.adoptedStyleSheets, sheet]
  const remove = () => {
    target.adoptedStyleSheets = target.adoptedStyleSheets.filter(other => other !== sheet)
    Element.prototype.remove.call(holder)
  }
  Object.defineProperties(holder, {
    textContent: { set: (css: string) => void sheet.replaceSync(css) },
    remove: { value: remove }
  })
  return holder
}
