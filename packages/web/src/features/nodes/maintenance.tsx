import { Switch } from '@mantine/core'
import type { NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { useNodePatch } from './use-node-patch.ts'

export function Maintenance({ node }: { node: NodeDetail }) {
  const texts = useTexts()
  const patch = useNodePatch(node.id)
  return (
    <section className="card stack" aria-label={texts.node.maintenance}>
      <Switch
        label={texts.node.maintenance}
        description={texts.node.maintenanceText}
        checked={patch.isPending ? patch.variables.maintenance === true : node.maintenance}
        disabled={patch.isPending}
        onChange={event => patch.mutate({ maintenance: event.currentTarget.checked })}
      />
      <Failure error={patch.error} />
    </section>
  )
}
