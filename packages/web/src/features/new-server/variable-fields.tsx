import { NativeSelect, Switch, TextInput } from '@mantine/core'
import type { Alt } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { choicesOf, isSwitch } from './variable-kinds.ts'

type Variable = Alt['variables'][number]

/** The options of a game, each drawn as its rules say what it is. */
export function VariableFields(props: {
  variables: readonly Variable[]
  values: Record<string, string>
  onChange: (name: string, value: string) => void
  /** Those that only a template's keepers may change are shown as they are. */
  mayChange: (variable: Variable) => boolean
}) {
  const texts = useTexts()
  return props.variables.map(variable => {
    const { envVariable: name, defaultValue } = variable
    const value = props.values[name] ?? defaultValue
    const mayChange = props.mayChange(variable)
    const hint = mayChange ? variable.description : texts.startup.fixed
    const common = {
      label: variable.name,
      description: hint || undefined,
      disabled: !mayChange
    }
    const choices = choicesOf(variable.rules)
    if (isSwitch(variable.rules)) {
      const [on, off] = /^(true|false)$/.test(value) ? ['true', 'false'] : ['1', '0']
      return (
        <Switch
          key={name}
          {...common}
          checked={value === on}
          onChange={event => props.onChange(name, event.currentTarget.checked ? on : off)}
        />
      )
    }
    if (choices) {
      return (
        <NativeSelect
          key={name}
          {...common}
          data={choices.includes(value) ? choices : [value, ...choices]}
          value={value}
          onChange={event => props.onChange(name, event.currentTarget.value)}
        />
      )
    }
    return (
      <TextInput
        key={name}
        {...common}
        placeholder={defaultValue}
        maxLength={4_096}
        value={value}
        onChange={event => props.onChange(name, event.currentTarget.value)}
      />
    )
  })
}
