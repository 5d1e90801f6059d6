#!/usr/bin/env python3
"""A second, independent implementation of docs/spec/proofs.md, written from that page alone.

    verify.py receipt FILE --key KEY [--key KEY ...]      a receipt, as JSON or as .tlog-proof
    verify.py statement FILE --key KEY [--key KEY ...]    a statement
    verify.py vectors DIR                                 every vector file in DIR

KEY is a verifier key of the log ("name+id+base64"), as the log publishes it. Nothing is fetched. Needs Python 3.9 and
openssl 1.1.1 or later (for Ed25519), and nothing else.

Exit code: 0 proven (vectors: all pass), 1 refused or malformed (vectors: some fail), 2 usage or a tool is missing,
3 incomplete: nothing is wrong, and something is not proven.
"""

import argparse
import base64
import datetime
import functools
import hashlib
import hmac
import json
import math
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

MAX_COUNT = 2**53 - 1


class Malformed(Exception):
    """The input is not in the format that it claims to have."""


class ToolMissing(Exception):
    """openssl cannot be run, so signatures cannot be checked either way."""


def demand(condition, message):
    if not condition:
        raise Malformed(message)


# --- Encodings (section 2) ---------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def utf8(text):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a lone surrogate") from None


def unhex(text, size=None):
    demand(isinstance(text, str) and re.fullmatch(r"([0-9a-f]{2})*", text), "not lower-case hex")
    data = bytes.fromhex(text)
    demand(size is None or len(data) == size, f"not {size} bytes")
    return data


def unbase64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Malformed("not base64") from None
    demand(base64.b64encode(data).decode() == text, "not canonical base64")
    return data


def from_utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None


def load_json(text):
    """Numbers are doubles, as they are in ECMAScript: 1 and 1.0 are the same value."""

    def no_constant(name):
        raise Malformed(f"{name} is not JSON")

    try:
        return json.loads(text, parse_int=float, parse_float=float, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from None


def number_text(value):
    """Number::toString of ECMAScript; repr gives the same shortest digits in another notation."""
    demand(math.isfinite(value), "a number without a JSON form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    # 0.digits × 10^point
    point = len(whole) + int(exponent or 0)
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = f"e{point - 1:+d}"
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + power


SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def string_text(text):
    utf8(text)
    return '"' + "".join(SHORT_ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


def canonical(value, depth=0):
    demand(depth <= 256, "nested too deep")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(float(value))
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    for name in value:
        utf8(name)
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(string_text(name) + ":" + canonical(value[name], depth + 1) for name in names) + "}"


AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]{0,11}[1-9]))?")


def units(amount):
    sign, whole, fraction = AMOUNT.fullmatch(amount).groups()
    value = int(whole + (fraction or "").ljust(12, "0"))
    return -value if sign else value


# --- Trees (section 3) -------------------------------------------------------------------------------------------------


def leaf(data):
    return sha256(b"\x00" + data)


def node(left, right):
    return sha256(b"\x01" + left + right)


def split(n):
    """Largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def tree_root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(tree_root(leaves[:k]), tree_root(leaves[k:]))


def frontier(leaves):
    hashes, at = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            hashes.append(tree_root(leaves[at : at + (1 << bit)]))
            at += 1 << bit
    return hashes


def root_of_frontier(hashes):
    return functools.reduce(lambda right, left: node(left, right), reversed(hashes)) if hashes else sha256(b"")


def inclusion_holds(leaf_hash, index, size, proof, root):
    if not 0 <= index < size or any(len(h) != 32 for h in [leaf_hash, root, *proof]):
        return False
    fn, sn, r = index, size - 1, leaf_hash
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn != 0 and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def consistency_holds(m, old_root, n, new_root, proof):
    if not 0 < m <= n or any(len(h) != 32 for h in [old_root, new_root, *proof]):
        return False
    if m == n:
        return not proof and old_root == new_root
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    if m & (m - 1) == 0:
        proof = [old_root, *proof]
    if not proof:
        return False
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn != 0 and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# --- Records (section 4) -----------------------------------------------------------------------------------------------


def is_count(value):
    return (
        isinstance(value, float)
        and value.is_integer()
        and 0 <= value <= MAX_COUNT
        and math.copysign(1, value) == 1
    )


def is_text(value):
    return isinstance(value, str) and value != "" and not re.search("[\ud800-\udfff]", value)


def is_time(value):
    pattern = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{3}Z"
    match = isinstance(value, str) and re.fullmatch(pattern, value)
    try:
        return bool(match and datetime.datetime(*map(int, match.groups())))
    except ValueError:
        return False


def like(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_one(value):
    return isinstance(value, float) and value == 1


def is_object(value):
    return isinstance(value, dict)


def is_bool(value):
    return isinstance(value, bool)


is_hash = like("[0-9a-f]{64}")
is_record_id = like("rec_[0-9a-f]{32}")
is_customer = like(r"[A-Za-z0-9_\-.:]{1,128}")
is_period = like("(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")


def is_amount(value):
    return isinstance(value, str) and value != "-0" and AMOUNT.fullmatch(value) is not None


def is_origin(value):
    return is_text(value) and not re.search("[\x00-\x1f]", value)


CONTENT = {
    "adjusts?": is_record_id, "amount": is_amount, "customerId": is_customer, "metadataHash?": is_hash,
    "occurredAt?": is_time, "reason": is_text, "recordId": is_record_id, "referenceId?": is_text, "v": is_one,
}
ENTRY = {
    "balance": is_amount, "fingerprint": is_hash, "index": is_count, "late?": lambda value: value is True,
    "period": is_period, "recordedAt": is_time, "v": is_one,
}
SEAL = {
    "closingBalance": is_amount, "count": is_count, "customerId": is_customer, "final": is_bool,
    "firstIndex?": is_count, "lastIndex?": is_count, "openingBalance": is_amount, "origin": is_origin,
    "period?": is_period, "subset?": is_object, "window?": is_object, "root": is_hash, "sealedAt": is_time, "v": is_one,
}
PROOF = {
    "leafIndex": is_count, "treeSize": is_count,
    "hashes": lambda value: isinstance(value, list) and len(value) <= 64 and all(map(is_hash, value)),
}


def check(name, shape, value):
    demand(is_object(value), f"{name} is not an object")
    known = {key.rstrip("?"): (test, key.endswith("?")) for key, test in shape.items()}
    for key in value:
        demand(key in known, f"{name} has no member {key!r}")
    for key, (test, optional) in known.items():
        demand(test(value[key]) if key in value else optional, f"{name}.{key}")
    return value


def check_content(value):
    return check("content", CONTENT, value)


def check_entry(value):
    return check("entry", ENTRY, value)


def check_seal(value):
    seal = check("seal", SEAL, value)
    scopes = [name for name in ("period", "window", "subset") if name in seal]
    demand(len(scopes) == 1, "seal: one scope")
    scope = seal[scopes[0]]
    if scopes == ["window"]:
        check("window", {"asOf": is_count, "from": is_time, "to": is_time}, scope)
        demand(scope["from"] < scope["to"], "seal: the window is empty")
    if scopes == ["subset"]:
        check("subset", {"asOf": is_count, "fingerprintsRoot": is_hash}, scope)
        demand(seal["openingBalance"] == "0", "seal: a subset opens at 0")
    demand("period" in seal or not seal["final"], "seal: only a period is closed")
    for name in ("firstIndex", "lastIndex"):
        demand((name in seal) == (seal["count"] > 0), f"seal: {name}")
    if seal["count"] > 0:
        demand(seal["lastIndex"] - seal["firstIndex"] + 1 >= seal["count"], "seal: more entries than indexes")
        demand("period" in seal or seal["lastIndex"] < scope["asOf"], "seal: an entry from after asOf")
    return seal


def record_leaf(record):
    return leaf(utf8(canonical(record)))


def fingerprint(content):
    return record_leaf(content).hex()


def record_ids(environment, customer, key):
    k = sha256(utf8(f"pacspace/record/v1\n{environment}\n{customer}\n{key}"))[:16].hex()
    return "rec_" + k, "rcp_" + k


def metadata_hash(salt, metadata):
    return sha256(salt + utf8(canonical(metadata))).hex()


def selection_root(fingerprints):
    return tree_root([leaf(data) for data in sorted({bytes.fromhex(text) for text in fingerprints})])


# --- The log (section 5) -----------------------------------------------------------------------------------------------


def key_id(name, kind, public_key):
    return sha256(utf8(name) + b"\n" + bytes([kind]) + public_key)[:4]


def check_key_name(name):
    bad = name == "" or any(c.isspace() or c == "+" or c < " " for c in name)
    demand(not bad, f"not a key name: {name!r}")


def parse_key(text):
    parts = text.split("+", 2)
    demand(len(parts) == 3, "a verifier key has three parts")
    name, identifier, material = parts[0], unhex(parts[1], 4), unbase64(parts[2])
    check_key_name(name)
    demand(len(material) == 33 and material[0] == 1, "not an Ed25519 key")
    demand(key_id(name, 1, material[1:]) == identifier, "the key id is not that of the key")
    return {"name": name, "id": identifier, "public": material[1:], "text": text}


def parse_note(note):
    utf8(note)
    demand(not re.search("[\x00-\x09\x0b-\x1f]", note), "a control character")
    text, separator, rest = note.rpartition("\n\n")
    demand(separator and rest.endswith("\n"), "no signatures")
    lines = rest[:-1].split("\n")
    demand(len(lines) <= 100, "too many signatures")
    signatures = []
    for line in lines:
        match = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line)
        demand(match, "not a signature line")
        check_key_name(match[1])
        data = unbase64(match[2])
        demand(len(data) > 4, "no signature after the key id")
        signatures.append({"name": match[1], "id": data[:4], "signature": data[4:]})
    return {"text": text + "\n", "signatures": signatures}


@functools.lru_cache(maxsize=None)
def ed25519_holds(public_key, message, signature):
    spki = bytes.fromhex("302a300506032b6570032100") + public_key
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("key", spki), ("message", message), ("signature", signature)):
            Path(folder, name).write_bytes(data)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in message -sigfile signature"
        try:
            run = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
        except OSError as error:
            raise ToolMissing(f"openssl cannot be run: {error}") from None
    if "Signature Verified Successfully" in run.stdout and run.returncode == 0:
        return True
    # Anything but its own word that the signature is wrong is a fault of the tool, not of the note.
    if "Signature Verification Failure" in run.stdout + run.stderr:
        return False
    raise ToolMissing(f"openssl did not check a signature: {run.stderr.strip()}")


def verify_note(note, keys):
    """The keys that signed, or why the note is refused."""
    signers = []
    for line in note["signatures"]:
        for key in keys:
            if (key["name"], key["id"]) == (line["name"], line["id"]):
                signature = line["signature"]
                if len(signature) != 64 or not ed25519_holds(key["public"], utf8(note["text"]), signature):
                    return "bad-signature"
                signers.append(key)
                break
    return signers or "no-known-key"


def parse_count(text):
    demand(re.fullmatch("0|[1-9][0-9]*", text) and int(text) <= MAX_COUNT, "not a count")
    return int(text)


def parse_checkpoint(text):
    demand(text.endswith("\n"), "no last newline")
    lines = text[:-1].split("\n")
    demand(len(lines) >= 3 and "" not in lines, "fewer than three lines, or an empty one")
    root = unbase64(lines[2])
    demand(len(root) == 32, "the root is not a hash")
    return {"origin": lines[0], "size": parse_count(lines[1]), "root": root, "extensions": lines[3:]}


def parse_tile_path(path):
    match = re.fullmatch(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", path)
    demand(match, "not a tile")
    level, groups, width = match.groups()
    index = int(groups.replace("x", "").replace("/", ""))
    demand(index <= MAX_COUNT and not groups.startswith("x000"), "not an index")
    if level != "entries":
        demand(str(int(level)) == level and int(level) <= 63, "not a level")
    if width is not None:
        demand(str(int(width)) == width and 1 <= int(width) <= 255, "not a width")
    level = level if level == "entries" else int(level)
    return {"level": level, "index": index, "width": 256 if width is None else int(width)}


def parse_bundle(data):
    entries = []
    while data:
        demand(len(data) >= 2, "cut off")
        (size,) = struct.unpack(">H", data[:2])
        demand(len(data) >= 2 + size, "cut off")
        entries.append(data[2 : 2 + size])
        data = data[2 + size :]
    return entries


def parse_tlog_proof(text):
    head, separator, checkpoint = text.partition("\n\n")
    demand(separator, "no checkpoint")
    lines = head.split("\n")
    demand(lines.pop(0) == "c2sp.org/tlog-proof@v1", "another format")
    extra = unbase64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    demand(lines and lines[0].startswith("index "), "no index")
    index = parse_count(lines.pop(0)[6:])
    demand(len(lines) <= 64, "too many hashes")
    hashes = [unbase64(line) for line in lines]
    demand(all(len(h) == 32 for h in hashes), "not a hash")
    parse_note(checkpoint)
    return {"extra": extra, "index": index, "hashes": hashes, "checkpoint": checkpoint}


# --- Receipts and statements (sections 6 and 7) ------------------------------------------------------------------------

PUBLISHED = {"sealProof?": is_object, "checkpoint?": lambda value: isinstance(value, str)}
DISCLOSED = {"metadata?": is_object, "salt?": like("[0-9a-f]{32}")}
RECEIPT = {
    "version": is_one, "content": is_object, "entry?": is_object, "entryProof?": is_object, "seal?": is_object,
    **DISCLOSED, **PUBLISHED,
}
STATEMENT = {"version": is_one, "records": lambda value: isinstance(value, list), "seal": is_object, **PUBLISHED}
RECORD = {"content": is_object, "entry": is_object, **DISCLOSED}

HOLDS, REFUSED, UNCHECKED = "holds", "refused", "unchecked"


def step(problem, holds):
    return (REFUSED, problem) if problem else (HOLDS, holds)


def check_disclosed(holder):
    demand(("metadata" in holder) == ("salt" in holder), "metadata comes with its salt")


def check_published(holder):
    demand(("sealProof" in holder) == ("checkpoint" in holder), "the seal's proof comes with the checkpoint")
    if "checkpoint" in holder:
        check("sealProof", PROOF, holder["sealProof"])
        parse_checkpoint(parse_note(holder["checkpoint"])["text"])


def check_receipt(value):
    receipt = check("receipt", RECEIPT, value)
    check_content(receipt["content"])
    if "entry" in receipt:
        check_entry(receipt["entry"])
    demand(("entryProof" in receipt) == ("seal" in receipt), "the entry's proof comes with the seal")
    if "seal" in receipt:
        demand("entry" in receipt, "a seal without an entry")
        check("entryProof", PROOF, receipt["entryProof"])
        check_seal(receipt["seal"])
    demand("checkpoint" not in receipt or "seal" in receipt, "a checkpoint without a seal")
    check_disclosed(receipt)
    check_published(receipt)
    return receipt


def happened(record):
    return record["content"].get("occurredAt", record["entry"]["recordedAt"])


def metadata_problem(record):
    if "metadata" not in record:
        return None
    hidden = record["content"].get("metadataHash")
    if hidden is None:
        return "Metadata is shown for a record that has none."
    shown = metadata_hash(bytes.fromhex(record["salt"]), record["metadata"])
    return None if shown == hidden else "The metadata shown is not the metadata recorded."


def entry_problem(record):
    content, entry = record["content"], record["entry"]
    if entry["fingerprint"] != fingerprint(content):
        return "The entry has the fingerprint of another content."
    month = happened(record)[:7]
    if not (entry["period"] > month if "late" in entry else entry["period"] == month):
        return f"It happened in {month} and counts in {entry['period']}."
    if entry["index"] == 0 and units(entry["balance"]) != units(content["amount"]):
        return "The first balance is not the first amount."
    return None


def scope_problem(seal, record, place):
    entry = record["entry"]
    if seal["customerId"] != record["content"]["customerId"]:
        return "The seal is of another customer."
    if "period" in seal and seal["period"] != entry["period"]:
        return "The seal is of another period."
    if "window" in seal and not seal["window"]["from"] <= happened(record) < seal["window"]["to"]:
        return "It happened outside of the sealed window."
    if seal["count"] == 0:
        return "The seal covers nothing."
    after = seal["count"] - 1 - place
    index, first, last = entry["index"], seal["firstIndex"], seal["lastIndex"]
    fits = index == first if place == 0 else index >= first + place
    fits = fits and (index == last if after == 0 else index <= last - after)
    return None if fits else "Its index does not fit its place under the seal."


def published_steps(file, keys):
    if "checkpoint" not in file:
        return {"log": (UNCHECKED, "Not in the public log yet."), "signature": (UNCHECKED, "Nobody has signed for it.")}
    note = parse_note(file["checkpoint"])
    head, proof, seal = parse_checkpoint(note["text"]), file["sealProof"], file["seal"]
    problem = None
    if seal["origin"] != head["origin"]:
        problem = "The seal is for another log."
    elif proof["treeSize"] != head["size"]:
        problem = "The proof is for another size of the log."
    elif not proof_holds(record_leaf(seal), proof, head["root"]):
        problem = "The seal is not in the log at this place."
    log = step(problem, f"The seal is entry {proof['leafIndex']:.0f} of {head['size']} in the log {head['origin']}.")
    signers = verify_note(note, [key for key in keys if key["name"] == head["origin"]])
    if signers == "no-known-key":
        signature = (UNCHECKED, f"None of the keys given for {head['origin']} has signed the head.")
    elif signers == "bad-signature":
        signature = (REFUSED, "A signature under the head is wrong.")
    else:
        signature = (HOLDS, f"The head is signed by {head['origin']}.")
    return {"log": log, "signature": signature}


def proof_holds(leaf_hash, proof, root):
    hashes = [bytes.fromhex(text) for text in proof["hashes"]]
    return inclusion_holds(leaf_hash, int(proof["leafIndex"]), int(proof["treeSize"]), hashes, root)


def verify_receipt(value, keys):
    receipt = check_receipt(value)
    content, entry, seal = receipt["content"], receipt.get("entry"), receipt.get("seal")
    steps = {"content": (HOLDS, f"{content['recordId']}: {content['amount']} for {content['customerId']}.")}
    if "metadataHash" in content and "metadata" not in receipt:
        steps["metadata"] = (UNCHECKED, "The metadata is not shown.")
    else:
        steps["metadata"] = step(metadata_problem(receipt), "The metadata is as recorded, or there is none.")
    if entry is None:
        steps["entry"] = (UNCHECKED, "Accepted only: it has no place yet.")
    else:
        where = f"Number {entry['index']:.0f} of the customer's records; the balance after it is {entry['balance']}."
        steps["entry"] = step(entry_problem(receipt), where)
    if seal is None:
        steps["seal"] = (UNCHECKED, "Not sealed yet.")
    else:
        proof = receipt["entryProof"]
        if proof["treeSize"] != seal["count"]:
            problem = "The proof is for another number of entries."
        elif not proof_holds(record_leaf(entry), proof, bytes.fromhex(seal["root"])):
            problem = "The entry is not under the seal at this place."
        else:
            problem = scope_problem(seal, receipt, proof["leafIndex"])
        steps["seal"] = step(problem, f"The entry is one of {seal['count']:.0f} under the seal of {seal['sealedAt']}.")
    return {**steps, **published_steps(receipt, keys)}


def verify_statement(value, keys):
    statement = check("statement", STATEMENT, value)
    seal, records = check_seal(statement["seal"]), statement["records"]
    check_published(statement)
    for record in records:
        check("record", RECORD, record)
        check_content(record["content"])
        check_entry(record["entry"])
        check_disclosed(record)
    found = (
        f"{record['content']['recordId']}: {problem}"
        for place, record in enumerate(records)
        for problem in (entry_problem(record), metadata_problem(record), scope_problem(seal, record, place))
        if problem
    )
    return {
        "records": step(next(found, None), f"Each of the {len(records)} records is what its entry covers."),
        "balance": step(balance_problem(seal, records), f"They add up to {seal['closingBalance']}."),
        "seal": step(completeness_problem(seal, records), f"They are all that the seal of {seal['sealedAt']} covers."),
        **published_steps(statement, keys),
    }


def balance_problem(seal, records):
    for before, after in zip(records, records[1:]):
        adjoin = before["entry"]["index"] + 1 == after["entry"]["index"]
        expected = units(before["entry"]["balance"]) + units(after["content"]["amount"])
        if adjoin and expected != units(after["entry"]["balance"]):
            return "A balance is not the one before plus the amount."
    total = units(seal["openingBalance"]) + sum(units(record["content"]["amount"]) for record in records)
    return None if total == units(seal["closingBalance"]) else "The amounts do not add up to the closing balance."


def completeness_problem(seal, records):
    entries = [record["entry"] for record in records]
    if len(entries) != seal["count"]:
        return "Not as many records as the seal covers."
    if any(before["index"] >= after["index"] for before, after in zip(entries, entries[1:])):
        return "The records are not in order."
    if tree_root([record_leaf(entry) for entry in entries]).hex() != seal["root"]:
        return "The records have another root."
    chosen = seal.get("subset", {}).get("fingerprintsRoot")
    if chosen is not None and selection_root(entry["fingerprint"] for entry in entries).hex() != chosen:
        return "These are not the records chosen."
    return None


def verdict_of(steps):
    outcomes = {name: outcome for name, (outcome, _) in steps.items()}
    if REFUSED in outcomes.values():
        return "refused"
    complete = all(outcome == HOLDS or name == "metadata" for name, outcome in outcomes.items())
    return "proven" if complete else "incomplete"


def receipt_from_text(text):
    """A receipt file is JSON, or a tlog-proof that carries the rest of the receipt."""
    if not text.startswith("c2sp.org/tlog-proof@"):
        return load_json(text)
    proof = parse_tlog_proof(text)
    demand(proof["extra"] is not None, "the proof carries no receipt")
    receipt = load_json(from_utf8(proof["extra"]))
    demand(is_object(receipt) and not {"sealProof", "checkpoint"} & receipt.keys(), "not the rest of a receipt")
    size = parse_checkpoint(parse_note(proof["checkpoint"])["text"])["size"]
    hashes = [h.hex() for h in proof["hashes"]]
    seal_proof = {"leafIndex": float(proof["index"]), "treeSize": float(size), "hashes": hashes}
    return {**receipt, "sealProof": seal_proof, "checkpoint": proof["checkpoint"]}


# --- The vectors -------------------------------------------------------------------------------------------------------


class Tally:
    def __init__(self):
        self.passed, self.failed = 0, []

    def equal(self, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed.append(f"{what}: got {got!r}, expected {expected!r}")

    def malformed(self, what, parse, *arguments):
        try:
            parse(*arguments)
        except Malformed:
            self.passed += 1
        else:
            self.failed.append(f"{what}: taken, and should be malformed")


def double(bits):
    return struct.unpack(">d", bytes.fromhex(bits))[0]


def check_canonical(vectors, tally):
    for case in vectors["accepted"]:
        text = canonical(load_json(case["json"]))
        tally.equal(case["json"], text, case["canonical"])
        tally.equal(case["json"], leaf(utf8(text)).hex(), case["leaf"])
    for case in vectors["numbers"]:
        tally.equal(case["ieee754"], canonical(double(case["ieee754"])), case["text"])
    for text in vectors["refused"]:
        tally.malformed(text, lambda json_text: canonical(load_json(json_text)), text)
    for bits in vectors["refusedNumbers"]:
        tally.malformed(bits, lambda number: canonical(double(number)), bits)


def check_trees(vectors, tally):
    for case in vectors["leaves"]:
        tally.equal("leaf", leaf(unhex(case["data"])).hex(), case["hash"])
    for case in vectors["nodes"]:
        tally.equal("node", node(unhex(case["left"]), unhex(case["right"])).hex(), case["hash"])
    largest = int(max(case["size"] for case in vectors["sizes"]))
    leaves = [leaf(utf8(f"leaf {i}")) for i in range(largest)]
    for case in vectors["sizes"]:
        hashes = frontier(leaves[: int(case["size"])])
        tally.equal("frontier", b"".join(hashes).hex(), case["frontier"])
        tally.equal("root", root_of_frontier(hashes).hex(), case["root"])
        tally.equal("root", tree_root(leaves[: int(case["size"])]).hex(), case["root"])
    stored = [
        {"level": level, "index": at >> level, "hash": tree_root(leaves[at : at + (1 << level)]).hex()}
        for level in (8, 16)
        for at in range(0, largest - (1 << level) + 1, 1 << level)
    ]
    tally.equal("stored nodes", stored, vectors["stored"])


def check_inclusion(vectors, tally):
    for expected in (True, False):
        for case in vectors["valid" if expected else "refused"]:
            proof = [unhex(h) for h in case["hashes"]]
            leaf_hash, root = unhex(case["leaf"]), unhex(case["root"])
            holds = inclusion_holds(leaf_hash, int(case["index"]), int(case["size"]), proof, root)
            tally.equal(f"inclusion, {case.get('why', case)}", holds, expected)


def check_consistency(vectors, tally):
    for expected in (True, False):
        for case in vectors["valid" if expected else "refused"]:
            proof = [unhex(h) for h in case["hashes"]]
            old, new = unhex(case["fromRoot"]), unhex(case["toRoot"])
            holds = consistency_holds(int(case["fromSize"]), old, int(case["toSize"]), new, proof)
            tally.equal(f"consistency, {case.get('why', case)}", holds, expected)


def check_notes(vectors, tally):
    for case in vectors["keys"]:
        key = parse_key(case["verifierKey"])
        got = [key["name"], int.from_bytes(key["id"], "big"), key["public"].hex()]
        tally.equal("key", got, [case["name"], case["id"], case["publicKey"]])
    for text in vectors["refusedKeys"]:
        tally.malformed(text, parse_key, text)
    for case in vectors["verified"]:
        signers = verify_note(parse_note(case["note"]), [parse_key(text) for text in case["keys"]])
        tally.equal(case["why"], signers and [key["text"] for key in signers], case["signers"])
    for case in vectors["refused"]:
        if case["reason"] == "malformed":
            tally.malformed(case["why"], parse_note, case["note"])
        else:
            keys = [parse_key(text) for text in case["keys"]]
            tally.equal(case["why"], verify_note(parse_note(case["note"]), keys), case["reason"])


def check_checkpoints(vectors, tally):
    for case in vectors["valid"]:
        parsed = parse_checkpoint(case["text"])
        tally.equal("checkpoint", {"text": case["text"], **parsed, "root": parsed["root"].hex()}, case)
    for case in vectors["refused"]:
        tally.malformed(case["why"], parse_checkpoint, case["text"])


def check_tiles(vectors, tally):
    for case in vectors["paths"]:
        tally.equal(case["path"], {"path": case["path"], **parse_tile_path(case["path"])}, case)
    for path in vectors["refusedPaths"]:
        tally.malformed(path, parse_tile_path, path)
    for case in vectors["bundles"]:
        tally.equal("bundle", [entry.hex() for entry in parse_bundle(unhex(case["bundle"]))], case["entries"])
    for bundle in vectors["refusedBundles"]:
        tally.malformed(bundle, parse_bundle, unhex(bundle))


def check_tlog_proofs(vectors, tally):
    for case in vectors["valid"]:
        parsed = parse_tlog_proof(case["text"])
        got = [parsed["index"], [h.hex() for h in parsed["hashes"]], parsed["checkpoint"]]
        tally.equal("tlog proof", got, [case["index"], case["hashes"], case["checkpoint"]])
        tally.equal("extra", parsed["extra"], bytes.fromhex(case["extra"]) if "extra" in case else None)
    for case in vectors["refused"]:
        tally.malformed(case["why"], parse_tlog_proof, case["text"])


def check_records(vectors, tally):
    for case in vectors["ids"]:
        ids = record_ids(case["environmentId"], case["customerId"], case["idempotencyKey"])
        tally.equal("ids", ids, (case["recordId"], case["receiptId"]))
    for kind, parse in (("contents", check_content), ("entries", check_entry), ("seals", check_seal)):
        for case in vectors[kind]:
            tally.equal(kind, canonical(parse(case["record"])), case["canonical"])
            tally.equal(kind, record_leaf(case["record"]).hex(), case.get("leaf", case.get("fingerprint")))
    for case in vectors["metadata"]:
        k = bytes.fromhex(case["recordId"][4:])
        salt = hmac.new(unhex(vectors["saltKey"]), k, hashlib.sha256).digest()[:16]
        tally.equal("salt", salt.hex(), case["salt"])
        tally.equal("metadata", canonical(case["metadata"]), case["canonical"])
        tally.equal("metadata", metadata_hash(salt, case["metadata"]), case["metadataHash"])
    for case in vectors["selections"]:
        tally.equal("selection", selection_root(case["fingerprints"]).hex(), case["root"])
    for kind, parse in (("content", check_content), ("entry", check_entry), ("seal", check_seal)):
        for case in vectors["refused"][kind]:
            tally.malformed(f"{kind}, {case['why']}", parse, case["record"])


def check_files(verify, member):
    def check_cases(vectors, tally):
        for case in vectors["cases"]:
            expected = {"refused": [], "unchecked": [], **case["expected"]}
            try:
                steps = verify(case[member], [parse_key(text) for text in case["keys"]])
            except Malformed:
                got = {"verdict": "malformed", "refused": [], "unchecked": []}
            else:
                got = {"verdict": verdict_of(steps)}
                for outcome in (REFUSED, UNCHECKED):
                    got[outcome] = [name for name, (found, _) in steps.items() if found == outcome]
            tally.equal(f"{member}, {case['name']}", got, expected)
        if "asText" in vectors:
            tally.equal("as text", receipt_from_text(vectors["asText"]["text"]), vectors["asText"]["receipt"])

    return check_cases


VECTOR_FILES = {
    "canonical.json": check_canonical,
    "trees.json": check_trees,
    "inclusion.json": check_inclusion,
    "consistency.json": check_consistency,
    "notes.json": check_notes,
    "checkpoints.json": check_checkpoints,
    "tiles.json": check_tiles,
    "tlog-proofs.json": check_tlog_proofs,
    "records.json": check_records,
    "receipts.json": check_files(verify_receipt, "receipt"),
    "statements.json": check_files(verify_statement, "statement"),
}


def run_vectors(folder):
    failed = 0
    for name, check_file in VECTOR_FILES.items():
        tally = Tally()
        try:
            check_file(load_json(from_utf8(Path(folder, name).read_bytes())), tally)
        except Malformed as error:
            tally.failed.append(f"malformed, and should be taken: {error}")
        print(f"{name}: {tally.passed} passed, {len(tally.failed)} failed")
        for failure in tally.failed:
            print(f"  {failure}")
        failed += len(tally.failed)
    return 1 if failed else 0


def run_file(data, verify, keys):
    try:
        steps = verify(receipt_from_text(from_utf8(data)), [parse_key(key) for key in keys])
    except Malformed as error:
        print(f"malformed: {error}")
        return 1
    for name, (outcome, sentence) in steps.items():
        print(f"{outcome:>9}  {name}: {sentence}")
    verdict = verdict_of(steps)
    print(verdict)
    return {"proven": 0, "refused": 1, "incomplete": 3}[verdict]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("vectors").add_argument("folder")
    for name in ("receipt", "statement"):
        command = commands.add_parser(name)
        command.add_argument("file")
        command.add_argument("--key", action="append", default=[])
    arguments = parser.parse_args()
    try:
        if arguments.command == "vectors":
            return run_vectors(arguments.folder)
        verify = verify_receipt if arguments.command == "receipt" else verify_statement
        return run_file(Path(arguments.file).read_bytes(), verify, arguments.key)
    except (ToolMissing, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
