import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { en, type Texts } from './en.ts'

/** English comes along: whoever does not have another one's catalogue sees it. */
const catalogues = {
  en: async () => en,
  de: () => import('./de.ts').then(({ de }) => de)
}
export type Language = keyof typeof catalogues
export const languages: readonly { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' }
]

const KEY = 'language'

interface Loaded {
  language: Language
  texts: Texts
}

interface LanguageChoice extends Loaded {
  choose(language: Language): void
}

const LanguageContext = createContext<LanguageChoice>({
  language: 'en',
  texts: en,
  choose: () => {}
})

/** The language of this browser, with its texts; English where those cannot be had. */
export async function loadLanguage(language: Language = firstLanguage()): Promise<Loaded> {
  try {
    return { language, texts: await catalogues[language]() }
  } catch {
    return { language: 'en', texts: en }
  }
}

export function LanguageProvider({ first, children }: { first: Loaded; children: ReactNode }) {
  const [loaded, setLoaded] = useState(first)
  useEffect(() => {
    document.documentElement.lang = loaded.language
  }, [loaded.language])
  const choice = useMemo<LanguageChoice>(
    () => ({
      ...loaded,
      choose(chosen) {
        localStorage.setItem(KEY, chosen)
        void loadLanguage(chosen).then(setLoaded)
      }
    }),
    [loaded]
  )
  return <LanguageContext value={choice}>{children}</LanguageContext>
}

export const useLanguage = (): LanguageChoice => useContext(LanguageContext)

export const useTexts = (): Texts => useLanguage().texts

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages]
  const known = wanted.map(tag => tag?.slice(0, 2)).find(tag => tag === 'en' || tag === 'de')
  return known ?? 'en'
}
