import { readFile } from 'node:fs/promises'

/** Changes with each boot of the machine. Where the kernel names none, each start of the agent counts as one. */
export async function readBootId(instanceId: string): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return text.trim() || instanceId
}
