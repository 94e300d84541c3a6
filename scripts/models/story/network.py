"""The network as a list of operators, in the terms of the header: operator i writes tensor i."""

import dataclasses
import json

Dims = list[int | str]


@dataclasses.dataclass(frozen=True)
class Operator:
    kind: str
    inputs: list[int]
    attributes: dict[str, int | bool | list[int]]
    place: int
    type: str
    dims: Dims


class Network:
    def __init__(self, max_t: int, vocabulary: int, end_tokens: list[int], notes: str) -> None:
        self.max_t, self.vocabulary, self.end_tokens, self.notes = max_t, vocabulary, end_tokens, notes
        self.operators: list[Operator] = []

    def add(self, kind: str, inputs: list[int], type_: str, dims: Dims, place: int = 0, **attributes: object) -> int:
        """Appends an operator and returns the index of its tensor."""
        self.operators.append(Operator(kind, inputs, attributes, place, type_, dims))
        return len(self.operators) - 1

    def dims(self, tensor: int) -> Dims:
        return self.operators[tensor].dims

    def to_json(self, blob_bytes: int) -> str:
        operators = [
            {
                "kind": o.kind,
                "inputs": o.inputs,
                "attributes": o.attributes,
                "place": o.place,
                "output": {"type": o.type, "dims": o.dims},
            }
            for o in self.operators
        ]
        head = {
            "form": "decoder",
            "maxT": self.max_t,
            "vocabulary": self.vocabulary,
            "endTokens": self.end_tokens,
            "maxNew": self.max_t,
            "blobBytes": blob_bytes,
            "notes": self.notes,
        }
        lines = ",\n".join("    " + json.dumps(o) for o in operators)
        return json.dumps(head, indent=2)[:-2] + ',\n  "operators": [\n' + lines + "\n  ]\n}\n"


def parse(text: str) -> tuple[dict[str, object], list[Operator]]:
    head = json.loads(text)
    operators = [
        Operator(o["kind"], o["inputs"], o["attributes"], o["place"], o["output"]["type"], o["output"]["dims"])
        for o in head.pop("operators")
    ]
    return head, operators
