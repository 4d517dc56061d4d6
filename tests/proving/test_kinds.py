"""Kinds that speak other protocols than HTTP, proven against what really answers."""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from checker.app import once, prove
from checker.core.reason import Reason
from checker.proving.proof import Fate, Proof
from tests.net.loopback import serving
from tests.net.zone import naming
from tests.proving.serving import fate, found, holes


async def proven(directory: Path, probe: dict[str, Any]) -> Proof:
    path = directory / "checks.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "probes": {"p": probe}}))
    begun = prove.begin(str(path), {}, once.Choice())
    ran = await prove.record(begun, lambda _: None)
    (proof,) = await asyncio.to_thread(prove.prove, begun, ran)
    return proof


async def test_a_name(tmp_path: Path) -> None:
    async with naming() as (_, server):
        proof = await proven(tmp_path, {"dns": {"name": "www.example.org", "server": server}})
    assert [] == holes(proof)
    assert Fate.CAUGHT is fate(proof, "no_such_name")
    caught = found(proof, "no_record").catch
    assert caught is not None
    assert Reason.DNS is caught.reason


async def test_a_name_of_which_any_address_is_fine(tmp_path: Path) -> None:
    async with naming() as (_, server):
        dns = {"name": "www.example.org", "server": server}
        proof = await proven(tmp_path, {"dns": dns, "expect": {"answers": {"type": "array"}}})
    assert ["no record of the type A", "an empty list at answers"] == sorted(
        (what for what, _ in holes(proof)), key=len
    )


async def test_a_banner(tmp_path: Path) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        await reader.read()

    async with serving(greet) as server:
        tcp = {"host": "127.0.0.1", "port": server.port}
        good = await proven(tmp_path, {"tcp": tcp, "expect": {"received": {"starts_with": "220"}}})
        weak = await proven(tmp_path, {"tcp": tcp, "expect": {"received": {"type": "string"}}})
    assert [] == holes(good)
    assert ["another text at received", "an empty text at received"] == [what for what, _ in holes(weak)]
