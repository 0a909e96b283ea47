import {
  convertCssVariables,
  createTheme,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
  Tooltip
} from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  // What floats stays in the part of the page to which it belongs.
  components: { Tooltip: Tooltip.extend({ defaultProps: { withinPortal: false } }) },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
})

/** Under the pointer the last shade would become the one before it, which is too light for white letters. */
const pointed = {
  '--mantine-color-cyan-filled-hover': '#095c6b',
  '--mantine-primary-color-filled-hover': '#095c6b',
  '--mantine-color-red-filled-hover': '#a61e1e'
}

/** The usual ones are too faint for many eyes. */
const legible = {
  light: {
    ...pointed,
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-placeholder': '#6c737a',
    '--mantine-color-error': '#c92a2a'
  },
  dark: {
    ...pointed,
    '--mantine-color-dimmed': '#a6adb4',
    '--mantine-color-placeholder': '#9aa1a8',
    '--mantine-color-error': '#ff8787'
  }
}

/** The theme as a style sheet that a script has made: the panel lets no page bring styles inline. */
export function applyTheme(): void {
  const usual = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme))
  const variables = {
    variables: usual.variables,
    light: { ...usual.light, ...legible.light },
    dark: { ...usual.dark, ...legible.dark }
  }
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(convertCssVariables(variables, ':root'))
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets]
}
