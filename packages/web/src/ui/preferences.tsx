import { NativeSelect, useMantineColorScheme } from '@mantine/core'
import { languages, useLanguage, useTexts } from '../texts/language.tsx'

/** Language and appearance: of this browser, not of the account. */
export function Preferences() {
  const texts = useTexts()
  const { language, choose } = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const schemes = (['auto', 'light', 'dark'] as const).map(value => ({
    value,
    label: texts.theme[value]
  }))
  return (
    <div className="row">
      <NativeSelect
        size="xs"
        aria-label={texts.language}
        data={[...languages]}
        value={language}
        onChange={event => choose(event.currentTarget.value === 'de' ? 'de' : 'en')}
      />
      <NativeSelect
        size="xs"
        aria-label={texts.theme.label}
        data={schemes}
        value={colorScheme}
        onChange={event => setColorScheme(event.currentTarget.value as 'auto' | 'light' | 'dark')}
      />
    </div>
  )
}
