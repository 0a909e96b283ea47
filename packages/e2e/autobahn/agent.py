"""An agent in another language on another WebSocket library (Autobahn), written from docs/protocol.md alone.

It is given a node's keys as JSON, and writes one JSON object a line. "live" is an agent that does
what it is told; "cases" breaks WebSocket's rules one by one, as the Autobahn test suite does.
"""

import asyncio
import base64
import hashlib
import json
import os
import struct
import sys
import time
import uuid

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

WAIT_SECONDS = 10


def say(event, **details):
    print(json.dumps({"event": event, **details}), flush=True)


class Agent(WebSocketClientProtocol):
    """The handshake by the book; what comes afterwards goes into `inbox`."""

    def onConnecting(self, _transport_details):
        self.inbox = asyncio.Queue()
        self.pongs = asyncio.Queue()
        self.ended = asyncio.get_running_loop().create_future()

    def onOpen(self):
        self.factory.opened.set_result(self)

    def onMessage(self, payload, isBinary):
        self.inbox.put_nowait(None if isBinary else json.loads(payload))

    def onPong(self, payload):
        self.pongs.put_nowait(payload)

    def onClose(self, _was_clean, _code, _reason):
        if not self.ended.done():
            self.ended.set_result(self.remoteCloseCode)

    async def hear(self, kind):
        while True:
            message = await asyncio.wait_for(self.inbox.get(), WAIT_SECONDS)
            if message and message["type"] == kind:
                return message["body"]

    def text(self, kind, body):
        return json.dumps({"v": 1, "id": str(uuid.uuid4()), "type": kind, "body": body}).encode()

    def tell(self, kind, body):
        self.sendMessage(self.text(kind, body))

    async def authenticate(self, role):
        challenge = await self.hear("challenge")
        public = base64.b64decode(role["publicKey"])
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(role["privateKey"]))
        kid = base64.urlsafe_b64encode(hashlib.sha256(public).digest()).decode()[:16]
        nonce = base64.b64encode(os.urandom(32)).decode()
        spoken = {"min": 1, "max": 1}
        fields = [challenge["panelId"], role["nodeId"], kid, challenge["panelNonce"], nonce]
        fields += [role["instanceId"], role.get("lastEpoch", 0), spoken["min"], spoken["max"]]
        signature = private.sign(transcript("cap-agent-auth-v1", fields))
        self.tell(
            "auth",
            {
                "nodeId": role["nodeId"],
                "kid": kid,
                "agentNonce": nonce,
                "instanceId": role["instanceId"],
                "bootId": "autobahn",
                "lastEpoch": role.get("lastEpoch", 0),
                "protocol": spoken,
                "signature": base64.b64encode(signature).decode(),
            },
        )
        welcome = await self.hear("welcome")
        panel = Ed25519PublicKey.from_public_bytes(base64.b64decode(role["panelKey"]))
        signed = transcript("cap-panel-welcome-v1", [*fields, welcome["epoch"], welcome["protocol"]])
        panel.verify(base64.b64decode(welcome["signature"]), signed)
        return welcome

    def hello(self):
        machine = {"hostname": "autobahn", "os": "linux", "arch": "x64", "agentVersion": "0.0.0"}
        self.tell(
            "hello",
            {
                "machine": {**machine, "cpuCores": 2, "memoryTotalMiB": 2048},
                "features": [],
                "docker": None,
                "journal": {"lastSeq": 0, "lost": False},
                "clock": {"wallMs": time.time() * 1000, "monotonicMs": time.monotonic() * 1000},
            },
        )

    def heartbeat(self, cores):
        amounts = ["memoryTotalMiB", "memoryUsedMiB", "diskTotalMiB", "diskUsedMiB", "cpuPercent"]
        amounts += ["networkRxBytes", "networkTxBytes", "uptimeSeconds"]
        resources = {name: 1 for name in amounts}
        docker = {"docker": None, "dockerProblem": "played"}
        body = {"cpuCores": cores, "loadAverage": [0, 0, 0], **resources, **docker}
        self.tell("heartbeat", {"resources": body})


def transcript(name, fields):
    return "\n".join([name, *map(str, fields)]).encode()


def snapshot(agent):
    return agent.text("snapshot", {"servers": [], "commands": [], "orphans": [], "last": True})


async def dial(role, **options):
    factory = WebSocketClientFactory(role["url"], protocols=["cap.agent.v1"])
    factory.protocol = Agent
    factory.setProtocolOptions(**options)
    factory.opened = asyncio.get_running_loop().create_future()
    await asyncio.get_running_loop().create_connection(factory, role["host"], role["port"])
    return await asyncio.wait_for(factory.opened, WAIT_SECONDS)


async def live(role):
    agent = await dial(role)
    welcome = await agent.authenticate(role)
    say("welcome", epoch=welcome["epoch"], extensions=len(agent.websocket_extensions_in_use))
    agent.hello()
    agent.sendMessage(snapshot(agent))
    wanted = await agent.hear("wanted")
    say("wanted", full=wanted["full"], servers=len(wanted["servers"]))
    agent.heartbeat(7)
    while True:
        reading = asyncio.ensure_future(agent.inbox.get())
        await asyncio.wait({reading, agent.ended}, return_when=asyncio.FIRST_COMPLETED)
        if agent.ended.done():
            return say("closed", code=agent.ended.result())
        message = reading.result()
        body = message["body"]
        say(message["type"], id=body.get("id"), kind=body.get("kind"))
        if message["type"] == "command" and body["epoch"] == welcome["epoch"]:
            agent.tell("command.ack", {"id": body["id"]})
            agent.tell("report", {"servers": [report(body["payload"]["wanted"])]})
            agent.tell("command.result", {"id": body["id"], "outcome": {"status": "SUCCEEDED"}})


def report(wanted):
    runs = wanted["desired"] == "RUNNING"
    return {
        "serverId": wanted["serverId"],
        "state": "RUNNING" if runs else "STOPPED",
        "generation": wanted["generation"],
        "restartSeq": wanted["restartSeq"],
        "containerId": "ab" * 32 if runs else None,
        "startedAt": None,
        "exitCode": None,
        "oomKilled": False,
        "crashCount": 0,
        "endedByItself": False,
        "pendingRestart": False,
        "reason": None,
    }


def frame(opcode, payload=b"", fin=True, rsv=0):
    return lambda agent: agent.sendFrame(opcode=opcode, payload=payload, fin=fin, rsv=rsv)


def close(payload):
    return frame(8, payload)


def frames(*acts):
    def act(agent):
        for one in acts:
            one(agent)

    return act


def in_parts(agent, at, between=()):
    """The snapshot in fragments, cut at these places, with other frames in between."""
    text = snapshot(agent).replace(b'"orphans"', '"\u00e4\u6f22\U0001f3ae":0,"orphans"'.encode())
    cuts = [0, *at(text), len(text)]
    for number, (start, end) in enumerate(zip(cuts, cuts[1:])):
        agent.sendFrame(1 if number == 0 else 0, text[start:end], fin=number == len(cuts) - 2)
        for act in between:
            act(agent)


def told(*parts, **options):
    return lambda agent: (agent.hello(), in_parts(agent, *parts, **options))


PING, PONG, CONT, TEXT = 9, 10, 0, 1
BIG = b" " * 40_000

# What is done, and the code that the panel must close with.
CLOSED = {
    "an empty text": (frame(TEXT), 4400),
    "an empty binary message": (frame(2), 4400),
    "a ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "a ping in fragments": (frame(PING, b"x", fin=False), 1002),
    "a pong in fragments": (frame(PONG, b"x", fin=False), 1002),
    "a close in fragments": (frame(8, b"\x03\xe8", fin=False), 1002),
    "a continuation of nothing": (frame(CONT, b"x"), 1002),
    "an unfinished continuation of nothing": (frame(CONT, b"x", fin=False), 1002),
    "a text within a text": (frames(frame(TEXT, b"{", fin=False), frame(TEXT, b"}")), 1002),
    "a text within a binary message": (frames(frame(2, b"{", fin=False), frame(TEXT, b"}")), 1002),
    "bytes that are no UTF-8": (frame(TEXT, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), 1007),
    "UTF-8 of a surrogate": (frame(TEXT, b"\xed\xbf\xbf"), 1007),
    "UTF-8 beyond the last character": (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    "UTF-8 that is longer than need be": (frame(TEXT, b"\xc0\xaf"), 1007),
    "UTF-8 that ends too early": (frame(TEXT, b"\xf0\x9f\x8e"), 1007),
    "no UTF-8, split over fragments": (
        frames(frame(TEXT, b"\xf0\x9f", fin=False), frame(CONT, b"\x28\x28")),
        1007,
    ),
    "more than 64 KiB": (frame(TEXT, BIG * 2), 1009),
    "more than 64 KiB in fragments": (
        frames(frame(TEXT, BIG, fin=False), frame(CONT, BIG, fin=False)),
        1009,
    ),
    "a close with half a code": (close(b"\x03"), 1002),
    "a close with too long a reason": (close(b"\x03\xe8" + b"x" * 124), 1002),
    "a close whose reason is no UTF-8": (close(b"\x03\xe8\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80"), 1007),
    "a close without a word": (close(b""), None),
    **{f"reserved bits {rsv}": (frame(TEXT, b"{}", rsv=rsv), 1002) for rsv in range(1, 8)},
    **{f"a ping with reserved bits {rsv}": (frame(PING, rsv=rsv), 1002) for rsv in (1, 4, 7)},
    **{f"reserved opcode {op}": (frame(op), 1002) for op in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]},
    **{
        f"a close with {code}": (close(struct.pack("!H", code) + b"bye"), code)
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
    },
    **{
        f"a close with {code}": (close(struct.pack("!H", code)), 1002)
        for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]
    },
}

# What is done, and the pongs that must come; the session then goes on.
ALIVE = {
    "a ping without a payload": (frame(PING), [b""]),
    "a ping with a payload": (frame(PING, b"Hello"), [b"Hello"]),
    "a ping with bytes": (frame(PING, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), [b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"]),
    "a ping of 125 bytes": (frame(PING, b"\xfe" * 125), [b"\xfe" * 125]),
    "ten pings": (frames(*[frame(PING, b"%d" % n) for n in range(10)]), [b"%d" % n for n in range(10)]),
    "pongs that nobody asked for": (frames(frame(PONG), frame(PONG, b"x"), frame(PING, b"y")), [b"y"]),
    "a message in fragments": (told(lambda text: [10, 20]), []),
    "a message in fragments of one byte": (told(lambda text: list(range(1, len(text)))), []),
    "a message with empty fragments": (told(lambda text: [0, 0, 10, 10, len(text)]), []),
    "characters cut in the middle": (
        told(lambda text: [text.index("\u6f22".encode()) + 1, text.index("\U0001f3ae".encode()) + 2]),
        [],
    ),
    "pings between fragments": (told(lambda text: [5, 9], between=[frame(PING, b"z")]), [b"z"] * 3),
}


async def cases(role):
    for name, (act, expected) in CLOSED.items():
        agent = await dial(role)
        await agent.authenticate(role)
        act(agent)
        say("case", name=name, expected=expected, got=await asyncio.wait_for(agent.ended, WAIT_SECONDS))
    for name, (act, expected) in ALIVE.items():
        agent = await dial(role)
        await agent.authenticate(role)
        act(agent)
        got = [await asyncio.wait_for(agent.pongs.get(), WAIT_SECONDS) for _ in expected]
        if "message" in name or "fragments" in name or "characters" in name:
            await agent.hear("wanted")
        agent.sendClose(1000)
        code = await asyncio.wait_for(agent.ended, WAIT_SECONDS)
        say("case", name=name, expected=[1000, *map(repr, expected)], got=[code, *map(repr, got)])
    agent = await dial(role, maskClientFrames=False)
    await asyncio.wait_for(agent.inbox.get(), WAIT_SECONDS)
    agent.sendMessage(b"{}")
    say("case", name="an unmasked frame", expected=1002, got=await asyncio.wait_for(agent.ended, WAIT_SECONDS))


asyncio.run({"live": live, "cases": cases}[sys.argv[1]](json.loads(sys.argv[2])))
