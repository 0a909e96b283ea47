import { Button, Switch, Textarea, TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'
import type { VariableDraft } from './alt-draft.ts'
import type { PartProps } from './alt-form.tsx'

/** No environment variable begins like this. */
const NEW = 'new '

/** What a server of the template is made of besides, in the order in which people see it. */
export function VariableDrafts({ draft, onChange }: PartProps) {
  const texts = useTexts().templates
  const { variables } = draft
  const set = (changed: VariableDraft[]) => onChange({ ...draft, variables: changed })
  const add = () =>
    set([
      ...variables,
      {
        key: `${NEW}${Date.now()}`,
        ...{ name: '', envVariable: '', description: '', defaultValue: '' },
        ...{ rules: 'nullable\nstring', userViewable: true, userEditable: true }
      }
    ])
  return (
    <section className="stack" aria-labelledby="variables">
      <h2 id="variables">{texts.variables}</h2>
      {variables.map(variable => (
        <details key={variable.key} className="card" open={variable.key.startsWith(NEW)}>
          <summary>
            {variable.name || texts.newVariable} <code>{variable.envVariable}</code>
          </summary>
          <VariableFieldset
            variable={variable}
            onChange={changed =>
              set(variables.map(other => (other === variable ? changed : other)))
            }
            onRemove={() => set(variables.filter(other => other !== variable))}
          />
        </details>
      ))}
      <div>
        <Button variant="default" onClick={add}>
          {texts.addVariable}
        </Button>
      </div>
    </section>
  )
}

function VariableFieldset(props: {
  variable: VariableDraft
  onChange: (variable: VariableDraft) => void
  onRemove: () => void
}) {
  const texts = useTexts()
  const { variable } = props
  const set = (change: Partial<VariableDraft>) => props.onChange({ ...variable, ...change })
  return (
    <div className="stack">
      <div className="pair">
        <TextInput
          label={texts.templates.label}
          required
          maxLength={64}
          value={variable.name}
          onChange={event => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={texts.templates.environment}
          className="code-field"
          required
          maxLength={128}
          value={variable.envVariable}
          onChange={event => set({ envVariable: event.currentTarget.value })}
        />
        <TextInput
          label={texts.templates.defaultValue}
          className="code-field"
          maxLength={4_096}
          value={variable.defaultValue}
          onChange={event => set({ defaultValue: event.currentTarget.value })}
        />
        <Textarea
          label={texts.templates.rules}
          description={texts.templates.rulesHint}
          className="code-field"
          rows={2}
          resize="vertical"
          value={variable.rules}
          onChange={event => set({ rules: event.currentTarget.value })}
        />
      </div>
      <Textarea
        label={texts.people.description}
        rows={2}
        maxLength={2_000}
        value={variable.description}
        onChange={event => set({ description: event.currentTarget.value })}
      />
      <Switch
        label={texts.templates.userViewable}
        checked={variable.userViewable}
        onChange={event => set({ userViewable: event.currentTarget.checked })}
      />
      <Switch
        label={texts.templates.userEditable}
        checked={variable.userEditable}
        onChange={event => set({ userEditable: event.currentTarget.checked })}
      />
      <div>
        <Button
          variant="default"
          aria-label={texts.templates.removeVariable(variable.name)}
          onClick={props.onRemove}
        >
          {texts.people.remove}
        </Button>
      </div>
    </div>
  )
}
