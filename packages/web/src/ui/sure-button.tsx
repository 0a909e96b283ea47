import { Button, Popover } from '@mantine/core'
import { useState } from 'react'

interface SureButtonProps {
  label: string
  /** For whoever hears the button without what is beside it. */
  name: string
  /** What happens then. */
  text: string
  isPending?: boolean
  onSure: () => void
}

/** Asks once more, beside the button, before what cannot be taken back. */
export function SureButton({ label, name, text, isPending = false, onSure }: SureButtonProps) {
  const [isAsking, setIsAsking] = useState(false)
  return (
    <Popover opened={isAsking} onChange={setIsAsking} trapFocus returnFocus withArrow shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          aria-label={name}
          loading={isPending}
          onClick={() => setIsAsking(!isAsking)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={name} maw={300}>
        <div className="stack">
          <p className="quiet">{text}</p>
          <Button
            color="red"
            onClick={() => {
              setIsAsking(false)
              onSure()
            }}
          >
            {label}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
