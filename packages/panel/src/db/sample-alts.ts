import type { Prisma } from './generated/client.ts'

type SampleAlt = Omit<Prisma.AltUncheckedCreateInput, 'ctrlId' | 'variables'> & {
  variables: Omit<Prisma.AltVariableUncheckedCreateInput, 'altId'>[]
}

export interface SampleCtrl {
  name: string
  description: string
  alts: SampleAlt[]
}

/** Teeworlds runs a semicolon in an argument as a further command, so a name must not hold one. */
const serverName: SampleAlt['variables'][number] = {
  name: 'Server name',
  envVariable: 'SERVER_NAME',
  description: 'What players read in the list of servers.',
  defaultValue: 'A Ctrl-Alt-Play server',
  rules: ['required', 'string', 'max:60', 'regex:/^[^;"\\\\]+$/']
}

/**
 * What a fresh panel offers. The images of the free games hold nothing but the Debian package named
 * in the description; each line here was run with them as a user without rights on a read-only root.
 */
export const sampleCtrls: SampleCtrl[] = [
  {
    name: 'Teeworlds',
    description: 'Fast two-dimensional shooter for up to 64 players.',
    alts: [
      {
        name: 'Teeworlds',
        description: 'Deathmatch and capture the flag on UDP. Debian package teeworlds-server.',
        dockerImage: 'ctrl-alt-play/teeworlds:local',
        startup:
          '/usr/games/teeworlds-server "sv_port {{SERVER_PORT}}" "sv_name {{SERVER_NAME}}" "sv_max_clients {{MAX_PLAYERS}}" "sv_map {{MAP}}" "sv_gametype {{GAME_TYPE}}"',
        config: {
          done: ['server name is'],
          stop: { type: 'signal', value: 'SIGINT', graceSeconds: 10 },
          tty: false,
          readOnlyRoot: true
        },
        variables: [
          serverName,
          {
            name: 'Players',
            envVariable: 'MAX_PLAYERS',
            description: 'How many may play at a time.',
            defaultValue: '16',
            rules: ['required', 'integer', 'between:1,64']
          },
          {
            name: 'Map',
            envVariable: 'MAP',
            description: 'The first map, e.g. dm1, dm2, ctf1 or ctf2.',
            defaultValue: 'dm1',
            rules: ['required', 'string', 'max:32', 'alpha_dash']
          },
          {
            name: 'Game type',
            envVariable: 'GAME_TYPE',
            description: 'dm, tdm, ctf, lms or lts.',
            defaultValue: 'dm',
            rules: ['required', 'in:dm,tdm,ctf,lms,lts']
          }
        ]
      }
    ]
  },
  {
    name: 'OpenTTD',
    description: 'Transport tycoon: railways, roads, ships and planes.',
    alts: [
      {
        name: 'OpenTTD',
        description:
          'Dedicated server with a console; type help. Debian packages openttd and openttd-opengfx.',
        dockerImage: 'ctrl-alt-play/openttd:local',
        startup: '/usr/games/openttd -D 0.0.0.0:{{SERVER_PORT}} -t {{START_YEAR}} -G {{MAP_SEED}}',
        config: {
          done: ['Map generated, starting game'],
          stop: { type: 'command', value: 'quit', graceSeconds: 20 },
          tty: false,
          readOnlyRoot: true
        },
        variables: [
          {
            name: 'First year',
            envVariable: 'START_YEAR',
            description: 'When a new game begins.',
            defaultValue: '1950',
            rules: ['required', 'integer', 'between:1,2500']
          },
          {
            name: 'Seed',
            envVariable: 'MAP_SEED',
            description: 'The same number gives the same land.',
            defaultValue: '1',
            rules: ['required', 'integer', 'between:0,4294967295']
          }
        ]
      }
    ]
  },
  {
    name: 'Luanti',
    description: 'Voxel worlds, formerly Minetest.',
    alts: [
      {
        name: 'Luanti',
        description: 'Minetest Game on UDP. Debian package minetest-server.',
        dockerImage: 'ctrl-alt-play/luanti:local',
        startup:
          '/usr/lib/minetest/minetestserver --world /home/container/world --gameid minetest_game --port {{SERVER_PORT}}',
        config: {
          done: ['listening on'],
          stop: { type: 'signal', value: 'SIGINT', graceSeconds: 30 },
          tty: false,
          readOnlyRoot: true
        },
        variables: []
      }
    ]
  },
  {
    name: 'BZFlag',
    description: 'Tank battles.',
    alts: [
      {
        name: 'BZFlag',
        description: 'Free-for-all with jumping, on TCP and UDP. Debian package bzflag-server.',
        dockerImage: 'ctrl-alt-play/bzflag:local',
        startup:
          '/usr/games/bzfs -p {{SERVER_PORT}} -mp {{MAX_PLAYERS}} -ms 5 -j -a 50 38 -d -d -ts',
        config: {
          done: ['listening on'],
          stop: { type: 'signal', value: 'SIGINT', graceSeconds: 10 },
          tty: false,
          readOnlyRoot: true
        },
        variables: [
          {
            name: 'Players',
            envVariable: 'MAX_PLAYERS',
            description: 'How many may play at a time.',
            defaultValue: '16',
            rules: ['required', 'integer', 'between:1,200']
          }
        ]
      }
    ]
  },
  {
    name: 'Minecraft',
    description: 'Minecraft and what is compatible with it.',
    alts: [
      {
        name: 'Minecraft Java',
        description:
          'Runs any server file for Java: put it and an accepted eula.txt into the files of the server.',
        dockerImage: 'docker.io/library/eclipse-temurin:21-jre',
        dockerImages: {
          'Java 21': 'docker.io/library/eclipse-temurin:21-jre',
          'Java 17': 'docker.io/library/eclipse-temurin:17-jre',
          'Java 8': 'docker.io/library/eclipse-temurin:8-jre'
        },
        startup:
          'java -Xms128M -XX:MaxRAMPercentage=80.0 -jar {{SERVER_FILE}} nogui --port {{SERVER_PORT}}',
        config: {
          done: [')! For help, type '],
          stop: { type: 'command', value: 'stop', graceSeconds: 60 },
          tty: false,
          readOnlyRoot: true
        },
        features: ['eula', 'java_version'],
        variables: [
          {
            name: 'Server file',
            envVariable: 'SERVER_FILE',
            description: 'The file to run, in the top folder.',
            defaultValue: 'server.jar',
            rules: ['required', 'string', 'max:64', 'regex:/^[\\w.-]+\\.jar$/']
          }
        ]
      }
    ]
  }
]
