"""Finds the way about in a JSON Schema: which node describes the value at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scenarios.loading.names import nearest_name
from scenarios.loading.problems import Node, Path, dotted


@dataclass(frozen=True)
class Form:
    """What a file may hold: a JSON Schema and the definitions it refers to."""

    root: Node
    definitions: Mapping[str, Node]

    def resolved(self, node: Node) -> Node:
        """node behind references and behind "or nothing" (TOML cannot say null)."""
        while True:
            branches = [b for b in node.get("anyOf", ()) if b.get("type") != "null"]
            if "$ref" in node:
                node = self.definitions[node["$ref"].rsplit("/", 1)[-1]]
            elif len(branches) == 1:
                node = branches[0]
            else:
                return node

    def branches(self, node: Node) -> list[Node]:
        """The members of a union, resolved; none where node is not a union."""
        members = node.get("anyOf") or node.get("oneOf") or ()
        return [self.resolved(b) for b in members if b.get("type") != "null"]

    def tags(self, node: Node) -> tuple[str, Mapping[str, Node]] | None:
        """(name, {its value: member}) of a union told apart by one name's value; None for other nodes."""
        if "discriminator" not in node:
            return None
        name, mapping = node["discriminator"]["propertyName"], node["discriminator"]["mapping"]
        refs = ((tag, {"$ref": ref} if isinstance(ref, str) else ref) for tag, ref in mapping.items())
        return name, {tag: self.resolved(member) for tag, member in refs}

    def tag_meant(self, node: Node, value: object) -> str | None:
        """The tag of the member that value means, also where it is misspelt; None where that is open."""
        tags = self.tags(node)
        if tags is None or not isinstance(value, dict) or tags[0] not in value:
            return None
        tag = str(value[tags[0]])
        return tag if tag in tags[1] else nearest_name(tag, tags[1])

    def fitting(self, node: Node, value: object) -> Node:
        """node, resolved, and of a union the member that value means; empty where that is open."""
        node = self.resolved(node)
        tags = self.tags(node)
        if tags:
            return tags[1].get(self.tag_meant(node, value) or "", {})
        branches = self.branches(node)
        index = index_meant(branches, value)
        return self.fitting(branches[index], value) if index is not None else {} if branches else node

    def child(self, node: Node, part: str | int) -> Node | None:
        """The node of a name or element within node; None for a name that node does not know."""
        if isinstance(part, int):
            fixed = node.get("prefixItems", ())
            items = node.get("items", {})
            return fixed[part] if part < len(fixed) else items if isinstance(items, Mapping) else {}
        if part in node.get("properties", {}):
            return node["properties"][part]
        others = node.get("additionalProperties", "properties" not in node)
        return None if others is False else others if isinstance(others, Mapping) else {}

    def places_for(self, name: str) -> list[str]:
        """Where else name is known ("under [patient]"), the outermost place first, at most three."""
        places: list[str] = []
        seen: set[int] = set()
        level: list[tuple[Node, Path, bool]] = [(self.root, (), False)]
        while level:
            deeper: list[tuple[Node, Path, bool]] = []
            for node, path, is_list in level:
                node = self.resolved(node)
                if id(node) in seen:
                    continue
                seen.add(id(node))
                known = node.get("properties", {})
                if name in known:
                    header = f"[[{dotted(path)}]]" if is_list else f"[{dotted(path)}]"
                    places.append(f"under {header}" if path else "above the first [table]")
                deeper += [(branch, path, is_list) for branch in self.branches(node)]
                deeper += [(child, (*path, key), False) for key, child in known.items()]
                if isinstance(node.get("items"), Mapping):
                    deeper.append((node["items"], path, True))
            level = deeper
        return list(dict.fromkeys(places))[:3]


def index_meant(branches: Sequence[Node], value: object) -> int | None:
    """Which member of a union value means: the only one of its kind, the table with most common names."""
    fit = [index for index, branch in enumerate(branches) if is_of_kind(branch, value)]
    if len(fit) > 1 and isinstance(value, dict):
        return max(fit, key=lambda index: len(value.keys() & branches[index].get("properties", {}).keys()))
    return fit[0] if len(fit) == 1 else None


def is_of_kind(node: Node, value: object) -> bool:
    """True where a resolved node describes values of the kind of value: number, text, table ..."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds.get(type(value), "string")
    return str(node.get("type", "object")).replace("integer", "number") == kind
