import { Button, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { type Alt, answerOf, api, type Command, onceKey } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatMiB } from '../../ui/amounts.ts'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { type Size, sizeNames, sizes } from './sizes.ts'
import { VariableFields } from './variable-fields.tsx'

export function NewServerForm({ alt, onOther }: { alt: Alt; onOther: () => void }) {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [size, setSize] = useState<Size>(sizes.small)
  const [port, setPort] = useState('')
  const [start, setStart] = useState(true)
  const [values, setValues] = useState<Record<string, string>>({})
  const once = useRef(onceKey())
  const variables = alt.variables.filter(({ userEditable }) => userEditable)

  const create = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/servers', {
          headers: once.current,
          body: {
            ...{ name: name.trim(), altId: alt.id, start, ...size },
            ...(Object.keys(values).length > 0 && { environment: values }),
            ...(port && { ports: [{ port: Number(port) }] })
          }
        })
      ),
    onSuccess({ server, command }) {
      queries.setQueryData(['server', server.id], server)
      queries.setQueryData<Command>(['command', server.id], newest => newest ?? command)
      void queries.invalidateQueries({ queryKey: ['servers'] })
      return navigate({ to: '/servers/$serverId', params: { serverId: server.id } })
    },
    // What is sent after a refusal is another request.
    onError: () => {
      once.current = onceKey()
    }
  })

  return (
    <Form className="stack narrow" onSubmit={() => create.mutate()}>
      <div className="card row">
        <div className="grow">
          <p className="quiet">{texts.create.chosen}</p>
          <strong>{alt.name}</strong>
        </div>
        <Button variant="default" onClick={onOther}>
          {texts.create.change}
        </Button>
      </div>
      <div className="card stack">
        <TextInput
          label={texts.create.name}
          description={texts.create.nameHint}
          required
          autoFocus
          maxLength={64}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <SizeChoice size={size} onChange={setSize} />
        <Switch
          label={texts.create.start}
          checked={start}
          onChange={event => setStart(event.currentTarget.checked)}
        />
      </div>
      {variables.length > 0 && (
        <div className="card stack">
          <h2>{texts.create.options}</h2>
          <VariableFields
            variables={variables}
            values={values}
            mayChange={() => true}
            onChange={(variable, value) => setValues(old => ({ ...old, [variable]: value }))}
          />
        </div>
      )}
      <details className="card">
        <summary>{texts.create.more}</summary>
        <div className="stack">
          <NumberField
            label={texts.create.memory}
            value={size.memoryMiB}
            min={16}
            onChange={memoryMiB => setSize({ ...size, memoryMiB })}
          />
          <NumberField
            label={texts.create.cpu}
            hint={texts.create.cpuHint}
            value={size.cpuPercent}
            min={0}
            onChange={cpuPercent => setSize({ ...size, cpuPercent })}
          />
          <NumberField
            label={texts.create.disk}
            hint={texts.create.diskHint}
            value={size.diskMiB}
            min={0}
            onChange={diskMiB => setSize({ ...size, diskMiB })}
          />
          <TextInput
            type="number"
            label={texts.create.port}
            description={texts.create.portHint}
            min={1_024}
            max={65_535}
            value={port}
            onChange={event => setPort(event.currentTarget.value)}
          />
        </div>
      </details>
      <p className="quiet">{texts.create.node}</p>
      <Failure error={create.error} />
      <div>
        <Button type="submit" size="md" loading={create.isPending}>
          {texts.create.submit}
        </Button>
      </div>
    </Form>
  )
}

function SizeChoice({ size, onChange }: { size: Size; onChange: (size: Size) => void }) {
  const texts = useTexts()
  const { language } = useLanguage()
  return (
    <fieldset className="sizes">
      <legend>{texts.create.size}</legend>
      <div className="pair">
        {sizeNames.map(name => {
          const { memoryMiB, cpuPercent } = sizes[name]
          const cores = new Intl.NumberFormat(language).format(cpuPercent / 100)
          return (
            <label key={name} className="choice size">
              <input
                type="radio"
                name="size"
                checked={size.memoryMiB === memoryMiB && size.cpuPercent === cpuPercent}
                onChange={() => onChange(sizes[name])}
              />
              <strong>{texts.create.sizes[name]}</strong>
              <span className="quiet">{texts.create.sizeHints[name]}</span>
              <span className="quiet">
                {formatMiB(memoryMiB, language)} · {texts.servers.cpu(cores)}
              </span>
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}

function NumberField(props: {
  label: string
  hint?: string
  value: number
  min: number
  onChange: (value: number) => void
}) {
  return (
    <TextInput
      type="number"
      label={props.label}
      description={props.hint}
      required
      min={props.min}
      value={props.value}
      onChange={event => props.onChange(event.currentTarget.valueAsNumber || 0)}
    />
  )
}
