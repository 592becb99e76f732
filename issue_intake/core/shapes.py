"""What secrets look like, as expressions for texts and, encoded, for bytes. The supervisor loads it: nothing else here.

None of them matches a quotation mark or a backslash that ends an escape, so JSON stays JSON without what they match.
"""

from __future__ import annotations

GONE = "[redacted]"

# Where a word begins: also after an escape of JSON, and after a terminal's colour.
_WORD = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=[0-9\[]m))"
_END = r"[A-Za-z0-9_-]"
# What a line must hold for the expression to be tried at all, and the expression; a group in it stays.
SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"()(?:gh[pousr]_[A-Za-z0-9]{{30,}}|{_WORD}gh[pousr]_{_END}{{4,}})"),
    (("github_pat_",), rf"()(?:github_pat_{_END}{{20,}}|{_WORD}github_pat_{_END}{{4,}})"),
    (("glpat-",), rf"()(?:glpat-{_END}{{16,}}|{_WORD}glpat-{_END}{{4,}})"),
    (("sk-ant-", "sk-proj-"), rf"()(?:sk-(?:ant|proj)-{_END}{{20,}}|{_WORD}sk-(?:ant|proj)-{_END}{{4,}})"),
    (("sk-",), rf"(){_WORD}(?<!-)sk-(?={_END}{{0,200}}\d){_END}{{16,}}"),
    (("xox", "xapp-"), rf"(){_WORD}(?:xox[abeoprs]-|xapp-){_END}{{4,}}"),
    (("AKIA", "ASIA"), rf"(){_WORD}(?:AKIA|ASIA)[A-Z0-9]{{12,}}"),
    (("AIza",), rf"()AIza{_END}{{30,}}"),
    (("npm_", "hf_"), r"()(?:npm|hf)_[A-Za-z0-9]{30,}"),
    (("pypi-",), rf"()pypi-Ag{_END}{{16,}}"),
    (("eyJ",), rf"(){_WORD}(?<![_-])eyJ{_END}{{8,1000}}\.{_END}{{8,20000}}\.{_END}*"),
    (("://",), r"""(://)[^/\s:@"'`<>\\]{0,200}:[^/\s@"'`<>\\]{1,400}(?=@)"""),
    (
        ("uthorization", "UTHORIZATION"),
        r"""(?i:(authorization(?:\\{0,4}["'])?\s{0,4}[:=]\s{0,4}(?:\\{0,4}["'])?"""
        r"""(?:(?:bearer|basic|token)\s{1,4}|(?=[^\s"'\\,;]{16})))[^\s"'\\,;]+)""",
    ),
)
KEY_BEGIN = r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
KEY_END = r"-----END [A-Z ]{0,40}PRIVATE KEY-----"
# What is left of a key after its beginning, its end included where there is one.
KEY_REST = rf"(?:[A-Za-z0-9+/=:,\s]|\\+[nrt]|-(?!----))*(?:{KEY_END})?"
KEY = rf"{KEY_BEGIN}{KEY_REST}"
KEY_HINT = "PRIVATE KEY"
# What stands in a record where a secret was overwritten in its own length, which is nobody's business either.
MASK = r"\[redacted-+\]"
