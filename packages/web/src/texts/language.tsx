import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { de } from './de.ts'
import { en, type Texts } from './en.ts'

const catalogues = { en, de }
export type Language = keyof typeof catalogues
export const languages: readonly { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' }
]

const KEY = 'language'

interface LanguageChoice {
  language: Language
  choose(language: Language): void
}

const LanguageContext = createContext<LanguageChoice>({ language: 'en', choose: () => {} })

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choice = useMemo<LanguageChoice>(
    () => ({
      language,
      choose(chosen) {
        localStorage.setItem(KEY, chosen)
        setLanguage(chosen)
      }
    }),
    [language]
  )
  return <LanguageContext value={choice}>{children}</LanguageContext>
}

export const useLanguage = (): LanguageChoice => useContext(LanguageContext)

export const useTexts = (): Texts => catalogues[useLanguage().language]

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages]
  const known = wanted.map(tag => tag?.slice(0, 2)).find(tag => tag === 'en' || tag === 'de')
  return known ?? 'en'
}
