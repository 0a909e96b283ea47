import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import type { ShownItem } from './console-feed.ts'
import { documentWithoutInlineStyles, whileStylesAreSheets } from './style-sheets.ts'

const SCROLLBACK_LINES = 20_000

export interface OutputTerminal {
  show(items: readonly ShownItem[]): void
  clear(): void
  toEnd(): void
  /** All that is in it, as text. */
  text(): string
  close(): void
}

interface TerminalOptions {
  label: string
  describeGap(bytes: number): string
  /** Whether its newest line is to be seen. */
  onPlace(isAtEnd: boolean): void
}

/**
 * Shows what a game printed. Nothing that a game prints is answered: what a terminal would say to it
 * leads nowhere, and the panel lets no sequence through but colours.
 */
export function openTerminal(place: HTMLElement, options: TerminalOptions): OutputTerminal {
  const terminal = new Terminal({
    disableStdin: true,
    convertEol: true,
    scrollback: SCROLLBACK_LINES,
    fontSize: 13,
    lineHeight: 1.25,
    fontFamily: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    cursorBlink: false,
    cursorInactiveStyle: 'none',
    linkHandler: null,
    minimumContrastRatio: 4.5,
    theme: { background: '#14171a', foreground: '#e9ecef', cursor: '#14171a' },
    documentOverride: documentWithoutInlineStyles()
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  // xterm 6 makes one of its styles of the window's document, whichever it is given.
  whileStylesAreSheets(() => terminal.open(place))
  terminal.textarea?.setAttribute('aria-label', options.label)
  fit.fit()
  const sizes = new ResizeObserver(() => fit.fit())
  sizes.observe(place)
  const { active } = terminal.buffer
  terminal.onRender(() => options.onPlace(active.viewportY >= active.baseY))

  return {
    show(items) {
      if (items.length > 0) terminal.write(items.map(item => textOf(item, options)).join(''))
    },
    clear: () => terminal.reset(),
    toEnd: () => terminal.scrollToBottom(),
    text: () => textIn(terminal),
    close() {
      sizes.disconnect()
      terminal.dispose()
    }
  }
}

const RESET = '\u001b[0m'
const MARK = '\u001b[30;43m'

function textOf(item: ShownItem, { describeGap }: TerminalOptions): string {
  if (item.kind === 'line') return `${item.text}${RESET}\r\n`
  return `${MARK} ${describeGap(item.bytes)} ${RESET}\r\n`
}

/** Wrapped lines are one line again. */
function textIn({ buffer }: Terminal): string {
  const lines: string[] = []
  for (let row = 0; row < buffer.active.length; row += 1) {
    const line = buffer.active.getLine(row)
    if (!line) continue
    const text = line.translateToString(true)
    if (line.isWrapped) lines.push((lines.pop() ?? '') + text)
    else lines.push(text)
  }
  return lines.join('\n').trimEnd()
}
