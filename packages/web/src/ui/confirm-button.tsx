import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTexts } from '../texts/language.tsx'

/** Asks once more, in its own place, before what cannot be taken back. */
export function ConfirmButton(props: {
  label: string
  /** What the button alone does not say to who cannot see what it stands beside. */
  name?: string
  question: string
  isPending?: boolean
  onConfirm: () => void
}) {
  const texts = useTexts()
  const [step, setStep] = useState<'idle' | 'asked' | 'left'>('idle')
  const { label, name = label, isPending = false } = props
  if (step !== 'asked') {
    return (
      <Button
        variant="default"
        size="sm"
        aria-label={name}
        loading={isPending}
        autoFocus={step === 'left'}
        onClick={() => setStep('asked')}
      >
        {label}
      </Button>
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a frame and names itself by a legend
    <div
      role="group"
      aria-label={props.question}
      className="row"
      onKeyDown={event => event.key === 'Escape' && setStep('left')}
    >
      <span>{props.question}</span>
      <Button
        size="sm"
        color="red"
        autoFocus
        onClick={() => {
          setStep('idle')
          props.onConfirm()
        }}
      >
        {label}
      </Button>
      <Button size="sm" variant="default" onClick={() => setStep('left')}>
        {texts.cancel}
      </Button>
    </div>
  )
}
