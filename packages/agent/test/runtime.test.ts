import t, { type Test } from 'tap'
import { createDockerWorld, ensureShellImage, SHELL_IMAGE } from './docker-world.ts'
import { driverContract } from './driver-contract.ts'
import { createMemoryDriver } from './memory-driver.ts'
import { PROBE } from './wanted.ts'

t.test('the in-memory driver', async t => {
  driverContract(t, { makeDriver: async () => createMemoryDriver(), shellImage: PROBE })
})

t.test('the Docker driver', async t => {
  t.jobs = 4
  await ensureShellImage()
  const makeDriver = async (t: Test) => (await createDockerWorld(t)).driver
  driverContract(t, { makeDriver, shellImage: SHELL_IMAGE })
})
