"""Mutants of a source file: every small change that tests should notice, as the changed text.

Changed are comparisons, arithmetic, bit and boolean operators, conditions, numbers and booleans,
the ends of slices, what is returned, a few pairs of functions (min and max …), and statements that
are left out. Texts, annotations, decorators, assertions and zip's ``strict`` stay: to change them
seldom changes a result.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_BUILTINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_METHODS = _BUILTINS | {
    "floor": "ceil", "ceil": "floor", "mean": "sum", "sum": "mean", "minimum": "maximum",
    "maximum": "minimum",
}  # fmt: skip
_LEFT_OUT = (ast.AugAssign, ast.Raise, ast.Delete, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """One change of a file, ``before`` → ``after``, at ``lines`` (first and last).

    ``function`` is the outermost function around it, with its class: a default value stands
    outside. It is empty at the level of module or class.
    """

    path: str
    function: str
    lines: tuple[int, int]
    before: str
    after: str
    text: str

    @property
    def change(self) -> str:
        """What is changed, in one line."""
        return f"{self.before} → {self.after}"


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every mutant of a file, in the order of its text; ``path`` names it."""
    tree = ast.parse(source)
    return [
        _mutant(path, source, node, around, after)
        for node, around in _walk(tree, "")
        for after in _changes(node)
    ]


def _walk(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    """Every part that may change, with the name of the outermost function around it."""
    yield node, function
    for child in _children(node):
        name = function
        if isinstance(node, ast.ClassDef) and isinstance(child, ast.FunctionDef):
            yield from (
                (one, around and f"{node.name}.{around}") for one, around in _walk(child, "")
            )
            continue
        if isinstance(node, ast.FunctionDef) and not isinstance(child, ast.arguments):
            name = function or node.name
        yield from _walk(child, name)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that may change."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "ops", "op", "ctx", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
                continue
            if isinstance(child, ast.keyword) and child.arg in {"strict", "frozen"}:
                continue
            if isinstance(child, ast.AnnAssign) and "TypeAlias" in ast.unparse(child.annotation):
                continue
            if isinstance(child, ast.AST):
                yield child


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, ops, right):
            for i, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], right)
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS and not _has_text(left, right):
            yield ast.BinOp(left, _OPERATORS[type(op)](), right)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield operand
        case ast.Constant(bool() | int() | float()):
            yield ast.Constant(_other_value(node))
        case ast.Name(name, ast.Load()) if name in _BUILTINS:
            yield ast.Name(_BUILTINS[name], ast.Load())
        case ast.Attribute(value, name, ast.Load()) if name in _METHODS:
            yield ast.Attribute(value, _METHODS[name], ast.Load())
        case _:
            yield from _changed_statement(node)


def _changed_statement(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value) if value and not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(_negated(test), body, orelse)
        case ast.Slice(lower, upper, step):
            if lower:
                yield ast.Slice(None, upper, step)
            if upper:
                yield ast.Slice(lower, None, step)
        case ast.comprehension(target, over, [_, *_]):
            yield ast.comprehension(target, over, [], 0)
        case ast.If(ast.Name() | ast.Attribute() | ast.Call() | ast.NamedExpr()):
            yield _negated(node.test)
        case ast.Expr(ast.Call()) | ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case _ if isinstance(node, _LEFT_OUT):
            yield ast.Pass()


def _mutant(path: str, source: str, node: ast.AST, function: str, after: ast.AST) -> Mutant:
    if isinstance(node, ast.If):  # its condition alone
        node = node.test
    first, last, start, end = _place(node)
    shown = ast.unparse(ast.fix_missing_locations(after))
    bare = isinstance(after, ast.Slice) or not isinstance(after, ast.expr)
    new = shown if bare else f"({shown})"
    lines = source.encode().splitlines(keepends=True)
    head = b"".join(lines[: first - 1]) + lines[first - 1][:start]
    tail = lines[last - 1][end:] + b"".join(lines[last:])
    text = (head + new.encode() + tail).decode()
    compile(text, path, "exec")
    before = ast.unparse(node)
    return Mutant(path, function, (first, last), _short(before), _short(shown), text)


def _place(node: ast.AST) -> tuple[int, int, int, int]:
    """First and last line, and the columns in bytes; a comprehension has none of its own."""
    if isinstance(node, ast.comprehension):
        last = node.ifs[-1]
        assert last.end_lineno
        assert last.end_col_offset is not None
        # The target may be a tuple in no brackets; "for" stands right before it.
        start = node.target.col_offset - len("for ")
        return node.target.lineno, last.end_lineno, start, last.end_col_offset
    assert isinstance(node, ast.expr | ast.stmt)
    assert node.end_lineno
    assert node.end_col_offset is not None
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _other_value(node: ast.Constant) -> bool | float:
    value = node.value
    assert isinstance(value, bool | int | float)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value * 1.5 or 1.0


def _negated(condition: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), condition)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _has_text(*nodes: ast.AST) -> bool:
    """Whether an operand is a text, or None in a type."""
    return any(
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str)))
        for node in nodes
    )


def _short(text: str) -> str:
    return " ".join(text.split())
