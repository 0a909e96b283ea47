import { TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'

export interface NodeNames {
  name: string
  ipAddress: string
}

export function NodeFields(props: {
  names: NodeNames
  isFirst?: boolean
  onChange: (names: NodeNames) => void
}) {
  const { names, isFirst = false, onChange } = props
  const texts = useTexts()
  return (
    <div className="pair">
      <TextInput
        label={texts.nodes.name}
        required
        autoFocus={isFirst}
        maxLength={64}
        value={names.name}
        onChange={event => onChange({ ...names, name: event.currentTarget.value })}
      />
      <TextInput
        label={texts.nodes.address}
        description={texts.nodes.addressHint}
        value={names.ipAddress}
        onChange={event => onChange({ ...names, ipAddress: event.currentTarget.value })}
      />
    </div>
  )
}
