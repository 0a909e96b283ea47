import { Button, TextInput } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import { useTexts } from '../../texts/language.tsx'
import { SendIcon } from '../../ui/icons.tsx'
import { createInputHistory } from './input-history.ts'

export function ConsoleInput(props: {
  mayType: boolean
  isRunning: boolean
  isConnected: boolean
  onLine: (line: string) => boolean
}) {
  const texts = useTexts()
  const [line, setLine] = useState('')
  const history = useRef(createInputHistory())
  if (!props.mayType) return <p className="quiet">{texts.console.readOnly}</p>
  if (!props.isRunning) return <p className="quiet">{texts.console.asleep}</p>

  function send(event: FormEvent): void {
    event.preventDefault()
    if (line === '' || !props.onLine(line)) return
    history.current.add(line)
    setLine('')
  }

  function recall(event: KeyboardEvent): void {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    setLine(event.key === 'ArrowUp' ? history.current.older(line) : history.current.newer(line))
  }

  return (
    <form className="tight" onSubmit={send}>
      <div className="console-input">
        <TextInput
          className="grow"
          aria-label={texts.console.input}
          placeholder={texts.console.input}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={4_000}
          value={line}
          onChange={event => setLine(event.currentTarget.value)}
          onKeyDown={recall}
        />
        <Button type="submit" disabled={!props.isConnected} rightSection={<SendIcon />}>
          {texts.console.send}
        </Button>
      </div>
      <p className="quiet">{texts.console.inputHint}</p>
    </form>
  )
}
