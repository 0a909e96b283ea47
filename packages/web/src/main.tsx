import './ui/mantine.css'
import './ui/app.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queries } from './api/context.ts'
import { router } from './router.tsx'
import { LanguageProvider, loadLanguage } from './texts/language.tsx'
import { applyTheme, theme } from './ui/theme.ts'

/** So long what stands in index.html may stay: it is the frame of the page that comes. */
const PATIENCE_MS = 1_000

applyTheme()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
const [language] = await Promise.all([
  loadLanguage(),
  Promise.race([router.load(), new Promise(resolve => setTimeout(resolve, PATIENCE_MS))])
])
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <LanguageProvider first={language}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>
)
