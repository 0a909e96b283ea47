import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTexts } from '../texts/language.tsx'
import { Form } from './form.tsx'
import { Failure } from './parts.tsx'

interface DeleteCardProps {
  title: string
  text: string
  /** What is to be typed. */
  name: string
  removal: { isPending: boolean; isSuccess: boolean; error: unknown }
  onRemove: () => void
}

/** What is gone for good goes only when its name is typed. */
export function DeleteCard({ title, text, name, removal, onRemove }: DeleteCardProps) {
  const texts = useTexts()
  const [typed, setTyped] = useState('')
  return (
    <Form
      className="card stack danger"
      onSubmit={() => {
        if (typed === name) onRemove()
      }}
    >
      <div>
        <h2>{title}</h2>
        <p className="quiet">{text}</p>
      </div>
      <TextInput
        label={texts.settings.deleteConfirm(name)}
        autoComplete="off"
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
      />
      <Failure error={removal.error} />
      <div>
        <Button
          type="submit"
          color="red"
          disabled={typed !== name || removal.isSuccess}
          loading={removal.isPending}
        >
          {removal.isSuccess ? texts.settings.deleting : texts.settings.delete}
        </Button>
      </div>
    </Form>
  )
}
