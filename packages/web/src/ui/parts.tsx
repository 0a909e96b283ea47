import { ActionIcon, Alert, Button, Loader, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { explain, Problem } from '../api/problem.ts'
import { useTexts } from '../texts/language.tsx'
import { copyText } from './copy-text.ts'
import { CheckIcon, CopyIcon } from './icons.tsx'

/** What failed, why, and what to do. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const texts = useTexts()
  if (!error) return null
  const reference = error instanceof Problem && error.status >= 500 ? error.requestId : undefined
  return (
    <Alert color="red" title={texts.failed.title} role="alert">
      <p className="prose">{explain(error, texts)}</p>
      {reference && <p className="quiet">{texts.failed.reference(reference)}</p>}
      {retry && (
        <Button mt="sm" size="xs" variant="default" onClick={retry}>
          {texts.retry}
        </Button>
      )}
    </Alert>
  )
}

export function Waiting() {
  const texts = useTexts()
  return (
    <div className="empty" role="status">
      <Loader aria-hidden="true" />
      <p className="quiet">{texts.loading}</p>
    </div>
  )
}

export function Empty(props: {
  title: string
  text: string
  /** It is all there is on the page. */
  isAll?: boolean
  children?: ReactNode
}) {
  const Heading = props.isAll ? 'h1' : 'h2'
  return (
    <section className="card empty">
      <Heading>{props.title}</Heading>
      <p className="quiet">{props.text}</p>
      {props.children}
    </section>
  )
}

export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {children}
    </div>
  )
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  return <CopyButtonOf text={() => text} label={label} />
}

/** For what is gathered only when somebody wants it. */
export function CopyButtonOf({ text, label }: { text: () => string; label: string }) {
  const texts = useTexts()
  const [isCopied, setIsCopied] = useState(false)
  return (
    <Tooltip label={isCopied ? texts.copied : label} withArrow>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={isCopied ? texts.copied : label}
        onClick={async () => {
          setIsCopied(await copyText(text()))
          setTimeout(() => setIsCopied(false), 2_000)
        }}
      >
        {isCopied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    </Tooltip>
  )
}

/** A share of something, drawn; the number stands beside it. */
export function Meter({ part }: { part: number }) {
  const width = `${Math.round(Math.min(1, Math.max(0, part)) * 100)}%`
  return (
    <div className="meter" aria-hidden="true">
      <div className="meter-fill" style={{ width }} />
    </div>
  )
}
