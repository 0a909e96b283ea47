import { Alert, Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Form } from './form.tsx'
import { Failure } from './parts.tsx'

/** A form of its own on a page with others: why it failed, or that it is done, stands above its button. */
export function FormCard(props: {
  title: string
  text?: string
  submit: string
  /** What was done, once it is. */
  done?: string | false
  error: unknown
  isPending: boolean
  isDisabled?: boolean
  isDanger?: boolean
  onSubmit: () => void
  /** Beside the button. */
  more?: ReactNode
  children?: ReactNode
}) {
  return (
    <Form className={`card stack ${props.isDanger ? 'danger' : ''}`} onSubmit={props.onSubmit}>
      <div>
        <h2>{props.title}</h2>
        {props.text && <p className="quiet">{props.text}</p>}
      </div>
      {props.children}
      <Failure error={props.error} />
      {props.done && (
        <Alert color="green" role="status">
          {props.done}
        </Alert>
      )}
      <div className="row">
        <Button
          type="submit"
          loading={props.isPending}
          disabled={props.isDisabled ?? false}
          {...(props.isDanger && { color: 'red' })}
        >
          {props.submit}
        </Button>
        {props.more}
      </div>
    </Form>
  )
}
