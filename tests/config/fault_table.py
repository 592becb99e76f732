"""Every kind of fault, and the very line it gets."""

from __future__ import annotations

from issue_intake.config.agent import PRESETS

_KNOWN = f"the agents known here are {', '.join(PRESETS[:-1])} and {PRESETS[-1]}"
TOKEN = "ghp_" + "a1B2" * 9
AWS_KEY = "AKIA" + "A1B2" * 4
SECRET = "holds what looks like a secret (put it in the env_file, and only its variable's name here)"
_TIME = "(write it like 90s, 20m, 2h or 1d)"
_NUMBER = "must be a whole number (write it like 3, without quotes)"
_AMOUNT = "(write the number alone, such as 20 or 7.50)"
_MAPPING = 'must be a mapping (write "key: value" lines below it)'
_LIST = 'must be a list (write "- item" lines below it, or [one, two])'
_BRANCH = "is not a branch's name (write the name alone, such as main)"
_NO_PATH = "names no path (write one such as .github/**, !docs/** or AGENTS.md)"
_COMMAND = "(write a line for sh, or a list: [make, test])"
_TOO_WIDE = "would take on every open issue (name labels, an assignee or a query, such as labels: agent:queued)"
_REPO_FORMS = "(write owner/name, https://host/owner/name, git@host:owner/name.git, or the path of a local clone)"

# Keys of a project whose entry starts on line 2 (repo) and 3 (agent); they stand on line 4.
PROJECT_FAULTS = [
    ("enabled: off", ":4: projects[0].enabled: must be true or false (write one of them, without quotes)"),
    ("enabled: yes", ":4: projects[0].enabled: must be true or false (write one of them, without quotes)"),
    ("enabeld: true", ':4: projects[0].enabeld: is not a known key (did you mean "enabled"?)'),
    (
        "env_file: env",
        ":4: projects[0].env_file: is not a known key"
        " (it belongs to all projects together: put it at the top of the file)",
    ),
    ("name: Web Shop", ':4: projects[0].name: "Web Shop" is no project\'s name (use a-z, 0-9 and -, such as webshop)'),
    ("name: -x", ':4: projects[0].name: "-x" is no project\'s name (use a-z, 0-9 and -, such as webshop)'),
    ("tracker: gitlab", ":4: projects[0].tracker: can only be github here (remove the key, or write that)"),
    ("intake:", ":4: projects[0].intake: has no value (give it one or remove the key)"),
    (
        "intake: {}",
        f":4: projects[0].intake: {_TOO_WIDE}",
    ),
    (
        "intake: {exclude_labels: wip}",
        f":4: projects[0].intake: {_TOO_WIDE}",
    ),
    (
        "intake: {labels: []}",
        f":4: projects[0].intake: {_TOO_WIDE}",
    ),
    (
        "intake: {labels: WIP, exclude_labels: wip}",
        ':4: projects[0].intake: wants and excludes "wip", so no issue can match (remove it from one of them)',
    ),
    (
        'intake: {labels: "bug, ready"}',
        ':4: projects[0].intake.labels: "bug, ready" may be one label or several'
        ' (write a list: [one, two], or ["one, with a comma"])',
    ),
    (
        "intake: {query: '  '}",
        ":4: projects[0].intake.query: is empty (give it a value or remove the key)",
    ),
    (
        "intake: {query: 'label:bug REPO:acme/other'}",
        ':4: projects[0].intake.query: names "repo:", which is the project\'s'
        " (leave it out; repo says where issues are)",
    ),
    (
        "intake: {query: '-is:closed'}",
        ':4: projects[0].intake.query: names "is:closed" (leave it out: intake asks for open issues alone)',
    ),
    (
        "intake: {query: 'label:bug or label:crash'}",
        ':4: projects[0].intake.query: joins its words with OR (words are joined by "and" anyway,'
        ' -label:wip excludes, label:bug,crash stands for "either")',
    ),
    (
        "intake: {query: '(label:bug)'}",
        ":4: projects[0].intake.query: has parentheses"
        ' (put text in double quotes; label:bug,crash stands for "either")',
    ),
    (
        "intake: {query: 'label:\"bug'}",
        ":4: projects[0].intake.query: leaves a quote open, or has a backslash"
        " (write label:\"good first issue\" in '…')",
    ),
    (
        "intake: {query: 'bug sort:updated'}",
        ':4: projects[0].intake.query: names "sort:" (leave it out: the oldest issues come first)',
    ),
    (
        "github: {max_pages: 0}",
        ":4: projects[0].github.max_pages: must be at least 1 (write 1 or more)",
    ),
    (
        "github: {app: {id: 12345, key_file: k}}",
        ":4: projects[0].github.app.installation: is missing (add installation: 67890)",
    ),
    (
        "github: {token_env: T, app: {id: 1, installation: 1, key_file: k}}",
        ":4: projects[0].github: names both an app and a token_env (keep one of them)",
    ),
    (
        "github: {app: {id: my app, installation: 1, key_file: k}}",
        ':4: projects[0].github.app.id: "my app" is no app\'s id'
        " (write the App ID or Client ID that the app's settings show)",
    ),
    ("intake: {labels: ['']}", ":4: projects[0].intake.labels[0]: is empty (give it a value or remove the key)"),
    (
        "intake: {labels: {a: b}}",
        f":4: projects[0].intake.labels: {_LIST}",
    ),
    (
        "intake: {assignee: *}",
        ':4: projects[0].intake.assignee: starts with "*" outside quotes, which YAML takes for an alias'
        ' (put the value in quotes: "*")',
    ),
    (
        "intake: {assignee: *octocat}",
        ':4: projects[0].intake.assignee: is a YAML alias without an anchor: "*octocat"'
        " (put a value that starts with * in quotes)",
    ),
    (
        "intake: {assignee: @octocat}",
        ':4: projects[0].intake.assignee: starts with "@" outside quotes, which YAML does not allow'
        ' (put the value in quotes: "@")',
    ),
    (
        'intake: {assignee: "@octocat"}',
        ':4: projects[0].intake.assignee: a login is written without @ (write "octocat")',
    ),
    (
        'intake: {labels: a, trusted: "@octocat"}',
        ':4: projects[0].intake.trusted: a login is written without @ (write "octocat")',
    ),
    (
        "intake: {labels: a, blocked: [octo cat]}",
        ':4: projects[0].intake.blocked[0]: "octo cat" is not a login'
        ' (write logins in full, a bot\'s with [bot]: "dependabot[bot]")',
    ),
    (
        "intake: {labels: a, authors: everyone}",
        ":4: projects[0].intake.authors: must be writers or anyone (write one of them)",
    ),
    (
        "intake: {assignee: octo cat}",
        ':4: projects[0].intake.assignee: "octo cat" is not a login'
        ' (write a login, "*" for anyone or "none" for nobody)',
    ),
    (
        "workflow: ../x.md",
        ":4: projects[0].workflow: leaves the repository (write a path on the base branch, or an absolute one)",
    ),
    ("workflow: ~bob/x.md", ":4: projects[0].workflow: names another user's home (write the path in full)"),
    (
        "workflow: $HOME/x.md",
        ":4: projects[0].workflow: holds a variable, which is not replaced here (write ~/… or the path in full)",
    ),
    (
        "workspace: {base: -x}",
        f':4: projects[0].workspace.base: "-x" {_BRANCH}',
    ),
    (
        "workspace: {base: refs/heads/main}",
        f':4: projects[0].workspace.base: "refs/heads/main" {_BRANCH}',
    ),
    (
        "workspace: {hooks: {timeout: 60}}",
        f':4: projects[0].workspace.hooks.timeout: must be a time with its unit, not "60" {_TIME}',
    ),
    (
        "workspace: {hooks: {before: make}}",
        ':4: projects[0].workspace.hooks.before: is not a known key (did you mean "before_run"?)',
    ),
    ("limits: {running: 0}", ":4: projects[0].limits.running: must be at least 1 (write 1 or more)"),
    ("limits: {running: 1001}", ":4: projects[0].limits.running: must be at most 1000 (write 1000 or less)"),
    (
        "limits: {running: two}",
        f":4: projects[0].limits.running: {_NUMBER}",
    ),
    (
        "limits: {running: 010}",
        f":4: projects[0].limits.running: {_NUMBER}",
    ),
    (
        "limits: {running: 1e3}",
        f":4: projects[0].limits.running: {_NUMBER}",
    ),
    (
        "limits: {running: true}",
        f":4: projects[0].limits.running: {_NUMBER}",
    ),
    ("limits: 3", f":4: projects[0].limits: {_MAPPING}"),
    (
        "limits: {timeout: 0s}",
        f':4: projects[0].limits.timeout: must be a time with its unit, not "0s" {_TIME}',
    ),
    (
        "limits: {stall: [1h]}",
        f":4: projects[0].limits.stall: must be a time with its unit {_TIME}",
    ),
    (
        "limits: {memory: 512}",
        ':4: projects[0].limits.memory: must be a size with its unit, not "512" (write it like 500MB or 1GiB)',
    ),
    (
        "limits: {memory: 1MB}",
        ":4: projects[0].limits.memory: is less than any agent needs (write 64MB or more, such as 4GiB)",
    ),
    ("limits: {processes: 0}", ":4: projects[0].limits.processes: must be at least 1 (write 1 or more)"),
    ("limits: {processes: many}", f":4: projects[0].limits.processes: {_NUMBER}"),
    (
        "limits: {starts_per_day: 3}",
        ":4: projects[0].limits.starts_per_day: is not a known key"
        " (it is a limit of all projects together: put it under limits: at the top of the file)",
    ),
    (
        "limits: {cost_per_issue: 0}",
        f':4: projects[0].limits.cost_per_issue: must be an amount above 0, not "0" {_AMOUNT}',
    ),
    (
        "limits: {cost_per_issue: 5 USD}",
        f':4: projects[0].limits.cost_per_issue: must be an amount above 0, not "5 USD" {_AMOUNT}',
    ),
    (
        "limits: {cost_per_day: 20}",
        ":4: projects[0].limits.cost_per_day: is not a known key"
        " (it is a limit of all projects together: put it under limits: at the top of the file)",
    ),
    ("publish: {mode: now}", ":4: projects[0].publish.mode: must be draft, ready or off (write one of them)"),
    (
        "publish: {author: Octo}",
        ':4: projects[0].publish.author: "Octo" is not an author (write "Name <mail@example.org>")',
    ),
    ("publish: {unverified: ready}", ":4: projects[0].publish.unverified: must be off or draft (write one of them)"),
    ("publish: {max_files: 0}", ":4: projects[0].publish.max_files: must be at least 1 (write 1 or more)"),
    (
        "publish: {max_bytes: 4}",
        ':4: projects[0].publish.max_bytes: must be a size with its unit, not "4" (write it like 500MB or 1GiB)',
    ),
    (
        "publish: {max_file: 1GB}",
        ":4: projects[0].publish.max_file: must be between 1B and 100MB (write a size such as 4MB)",
    ),
    (
        "publish: {protected: off}",
        ':4: projects[0].publish.protected: "off" would be a path (write [] to protect nothing, or /off if it is one)',
    ),
    (
        "publish: {protected: [**/x]}",
        ':4: projects[0].publish.protected[0]: starts with "*" outside quotes, which YAML takes for an alias'
        ' (put the value in quotes: "*")',
    ),
    (
        "publish:\n    protected: [docs]\n    protectd: x",
        ':6: projects[0].publish.protectd: is not a known key (did you mean "protected"?)',
    ),
    (
        "publish:\n    protected:\n    - docs\n    - !docs/x",
        ":7: projects[0].publish.protected[1]: has a YAML tag (a word that starts with !)"
        " (remove the tag, or quote the value)",
    ),
    ('publish: {protected: ["!!x"]}', f":4: projects[0].publish.protected[0]: {_NO_PATH}"),
    ('publish: {protected: [a, "!/"]}', f":4: projects[0].publish.protected[1]: {_NO_PATH}"),
    ("publish: {protected: ./}", f":4: projects[0].publish.protected: {_NO_PATH}"),
    (
        "publish: {protected: 'app/[id]/x'}",
        ':4: projects[0].publish.protected: has a "[", which stands for itself'
        " (only *, ? and ** stand for others: write ? in its place, or a pattern for each case)",
    ),
    (
        "publish: {protected: '*.{yml,yaml}'}",
        ':4: projects[0].publish.protected: has a "{", which stands for itself'
        " (only *, ? and ** stand for others: write ? in its place, or a pattern for each case)",
    ),
    (
        "publish: {protected: a/../b}",
        ":4: projects[0].publish.protected: leaves the repository (write a path from its root)",
    ),
    ("merge: now", ":4: projects[0].merge: must be off or auto (write one of them)"),
    ("merge: {mode: on}", ":4: projects[0].merge.mode: must be off or auto (write one of them)"),
    ("merge: {metod: merge}", ':4: projects[0].merge.metod: is not a known key (did you mean "method"?)'),
    ("merge: {method: ff}", ":4: projects[0].merge.method: must be squash, merge or rebase (write one of them)"),
    *(
        (
            f"merge: {{{key}: no}}",
            f":4: projects[0].merge.{key}: must be true or false (write one of them, without quotes)",
        )
        for key in ("require_approval", "allow_no_checks", "delete_branch")
    ),
    ("review: 3", f":4: projects[0].review: {_MAPPING}"),
    ("review: {ci_fixes: -1}", ":4: projects[0].review.ci_fixes: must be at least 0 (write 0 or more)"),
    ("review: {rounds: 101}", ":4: projects[0].review.rounds: must be at most 100 (write 100 or less)"),
    ("review: {verify_fixes: off}", f":4: projects[0].review.verify_fixes: {_NUMBER}"),
    ("review: {ci_fix: 1}", ':4: projects[0].review.ci_fix: is not a known key (did you mean "ci_fixes"?)'),
    ("writes: label", ":4: projects[0].writes: must be off, labels or full (write one of them)"),
    ("verify: {run: make test}", f":4: projects[0].verify: {_LIST}"),
    ("verify: ''", f":4: projects[0].verify: is empty {_COMMAND}"),
    ("verify: [make test, [' ']]", f":4: projects[0].verify[1]: names no program {_COMMAND}"),
    ("verify: [[]]", f":4: projects[0].verify[0]: names no program {_COMMAND}"),
    (
        "verify: [[make test]]",
        ":4: projects[0].verify[0]: is one program's name with spaces in it"
        " (write the line without [ ], or a list: [make, test])",
    ),
    (
        "verify:\n  - [make,\n    {a: b}]",
        ":6: projects[0].verify[0][1]: must be text (write a word or a line of text)",
    ),
    ("verify:\n  - make test\n  - name: unit", ":6: projects[0].verify[1].run: is missing (add run: make test)"),
    ("verify: [{run: {a: b}}]", f":4: projects[0].verify[0].run: is no command {_COMMAND}"),
    (
        "verify:\n  - run: make test\n    requird: false",
        ':6: projects[0].verify[0].requird: is not a known key (did you mean "required"?)',
    ),
    (
        "verify: [{run: x, required: yes}]",
        ":4: projects[0].verify[0].required: must be true or false (write one of them, without quotes)",
    ),
    (
        "verify: [{run: x, timeout: 600}]",
        f':4: projects[0].verify[0].timeout: must be a time with its unit, not "600" {_TIME}',
    ),
    (
        f"verify: [{{run: x, name: {'x' * 61}}}]",
        ":4: projects[0].verify[0].name: is no name of 1 to 60 characters (write a short one, such as unit tests)",
    ),
    (
        "verify: [{run: x, name: unit}, {run: y, name: unit}]",
        ':4: projects[0].verify: has two commands named "unit" (give one of them another name)',
    ),
    (f"verify: [curl -H {TOKEN}]", f":4: projects[0].verify[0]: {SECRET}"),
    (f"verify: [aws configure set x {AWS_KEY}]", f":4: projects[0].verify[0]: {SECRET}"),
    ("verfy: make test", ':4: projects[0].verfy: is not a known key (did you mean "verify"?)'),
    (
        "verify_from_workflow: on",
        ":4: projects[0].verify_from_workflow: must be true or false (write one of them, without quotes)",
    ),
    (
        "backoff: soon",
        f':4: projects[0].backoff: must be a time with its unit, not "soon" {_TIME}',
    ),
    (
        "github: {repository: https://github.com/a/b}",
        ":4: projects[0].github.repository: is not owner/name"
        " (write it as in the address on GitHub, such as acme/webshop)",
    ),
    (
        "github: {api_url: http://ghe.example.org/api/v3}",
        ":4: projects[0].github.api_url: would send the token over plain http (write https://)",
    ),
    (
        "github: {api_url: https://octo@ghe.example.org}",
        ":4: projects[0].github.api_url: holds a user name or password"
        " (leave it out; name the token's variable with token_env)",
    ),
    (
        "github: {api_url: 'https://ghe.example.org?x'}",
        ":4: projects[0].github.api_url: has a ? or # in it (write https://host/path)",
    ),
    ("github: {git: git}", ":4: projects[0].github.git: must be https or ssh (write one of them)"),
    (
        "github: {token_env: my token}",
        ':4: projects[0].github.token_env: "my token" is not a variable\'s name (write a name such as WEBSHOP_TOKEN)',
    ),
    (f"github: {{token_env: {TOKEN}}}", f":4: projects[0].github.token_env: {SECRET}"),
    (
        "name: ~",
        ':4: projects[0].name: has no value (give it one or remove the key; as a word it is quoted: "~")',
    ),
    (
        "name: !!str web",
        ":4: projects[0].name: has a YAML tag (a word that starts with !) (remove the tag, or quote the value)",
    ),
    ("name: web\n  name: shop", ":5: projects[0].name: is written twice, first on line 4 (keep one of them)"),
    ("<<: {name: web}", ":4: projects[0]: merges with <<, which is not known here (put shared keys under defaults:)"),
    ("[a]: b", ":4: projects[0]: has a key that is not one word (quote a value that starts with [, { or *)"),
    ('name: "a\\u0007b"', ":4: projects[0].name: holds a control character (remove it)"),
    ('workflow: "a\\nb"', ":4: projects[0].workflow: has more than one line, or a tab (write it on one line)"),
]

AGENT_FAULTS = [
    ("claud", f':3: projects[0].agent: {_KNOWN} (did you mean "claude"?)'),
    (
        "deckhand",
        f":3: projects[0].agent: {_KNOWN}"
        ' (for another program write agent: {command: [my-agent, "{prompt_file}"]})',
    ),
    ("{}", ":3: projects[0].agent: names no program (write agent: claude, agent: codex or agent: {command: […]})"),
    ("{preset: claude, command: x}", ":3: projects[0].agent: names both a preset and a command (keep one of them)"),
    ("{command: []}", ':3: projects[0].agent.command: names no program (write a list: [my-agent, "{prompt_file}"])'),
    (
        "{command: my-agent --yes}",
        ":3: projects[0].agent.command: is one program's name with spaces in it"
        ' (write a list: [my-agent, "{prompt_file}"])',
    ),
    (
        '{command: [my-agent, "{prompt}"]}',
        ':3: projects[0].agent.command[1]: {prompt} is not a placeholder (did you mean "prompt_file"?)',
    ),
    (
        "{command: [my-agent, {prompt_file}]}",
        ":3: projects[0].agent.command[1].prompt_file: is a placeholder outside quotes"
        ' (put it in quotes: "{prompt_file}")',
    ),
    (
        "{command: [x], model: best}",
        ":3: projects[0].agent: has model, args or allow, which belong to a preset (write them into the command)",
    ),
    (
        "{preset: claude, pass_env: GITHUB_TOKEN}",
        ":3: projects[0].agent.pass_env: is kept from agents (remove it: intake itself pushes and talks to GitHub)",
    ),
    (
        "{preset: claude, env: {GH_TOKEN: x}}",
        ":3: projects[0].agent.env.GH_TOKEN: is kept from agents (remove it: intake itself pushes and talks to GitHub)",
    ),
    (
        "{preset: claude, env: {MY_API_KEY: hush}}",
        ":3: projects[0].agent.env: MY_API_KEY would be written here"
        " (put it in the env_file, and write pass_env: [MY_API_KEY])",
    ),
    (
        "{preset: claude, env: {a-b: x}}",
        ':3: projects[0].agent.env.a-b: "a-b" is not a variable\'s name (write a name such as WEBSHOP_TOKEN)',
    ),
    (
        "{preset: claude, env: [A]}",
        f":3: projects[0].agent.env: {_MAPPING}",
    ),
    ("{preset: claude, model: {a: b}}", ":3: projects[0].agent.model: must be text (write a word or a line of text)"),
]

REPO_FAULTS = [
    ("webshop", f":2: projects[0].repo: names no repository {_REPO_FORMS}"),
    ("github.com/acme/webshop", f":2: projects[0].repo: names no repository {_REPO_FORMS}"),
    ("https://github.com/acme/webshop/issues", f":2: projects[0].repo: names no repository {_REPO_FORMS}"),
    ("https://github.com/acme", f":2: projects[0].repo: names no repository {_REPO_FORMS}"),
    ("acme/..", f":2: projects[0].repo: names no repository {_REPO_FORMS}"),
    ("git://github.com/acme/webshop", f":2: projects[0].repo: is not a git:// address that can be used {_REPO_FORMS}"),
    ("file:///srv/webshop.git", f":2: projects[0].repo: is not a file:// address that can be used {_REPO_FORMS}"),
    ("https://ghe_1/acme/webshop", f":2: projects[0].repo: has a host that is none {_REPO_FORMS}"),
    (
        "https://github.com/acme/webshop?tab=1",
        f":2: projects[0].repo: has more than owner and name in its address {_REPO_FORMS}",
    ),
    ("ssh://-x@github.com/acme/webshop", f":2: projects[0].repo: has a login that is not a plain word {_REPO_FORMS}"),
    ("ftp://host/acme/webshop", ":2: projects[0].repo: is not a web address (write https://host/…)"),
    ("https://github.com:port/acme/webshop", ":2: projects[0].repo: is not a web address (write https://host/…)"),
    ("http://github.com/acme/webshop", ":2: projects[0].repo: would send the token over plain http (write https://)"),
    ("https://octo:hush@github.com/acme/webshop", f":2: projects[0].repo: {SECRET}"),
    (
        "https://octo@github.com/acme/webshop",
        ":2: projects[0].repo: holds a user name or password (leave it out; name the token's variable with token_env)",
    ),
    (
        "work:acme/webshop",
        ":2: projects[0].repo: has a host that looks like an ssh nickname (write owner/name, or set github.api_url)",
    ),
    ("acme/___", ":2: projects[0].repo: gives no name to call the project by (add name: with a-z, 0-9 and -)"),
]

TOP_FAULTS = [
    ("version: 2", ":1: version: 2 is not a version this intake reads (write version: 1)"),
    ("project: []", ':1: project: is not a known key (did you mean "projects"?)'),
    ("agent: claude", ":1: agent: is not a known key (it belongs to a project: put it there, or under defaults:)"),
    (
        "limits: {attempts: 2}",
        ":1: limits.attempts: is not a known key"
        " (it is a limit of a project: put it under limits: there, or in defaults:)",
    ),
    ("limits: {disk: 1}", ':1: limits.disk: must be a size with its unit, not "1" (write it like 500MB or 1GiB)'),
    ("limits: {cost_per_day: $20}", f':1: limits.cost_per_day: must be an amount above 0, not "$20" {_AMOUNT}'),
    ("limits: {cost_per_day: -1}", f':1: limits.cost_per_day: must be an amount above 0, not "-1" {_AMOUNT}'),
    ("limits: {starts_per_day: 0}", ":1: limits.starts_per_day: must be at least 1 (write 1 or more)"),
    ("defaults: claude", f":1: defaults: {_MAPPING}"),
    ("defaults: {agent: [x]}", f":1: defaults.agent: {_MAPPING}"),
    ("defaults: {limts: {}}", ':1: defaults.limts: is not a known key (did you mean "limits"?)'),
    ("worktrees: ~", ':1: worktrees: has no value (give it one or remove the key; as a word it is quoted: "~")'),
    (
        "hush_ghp_abcdefgh: 1",
        ':1: "…": is not a known key (known here are version, env_file, worktrees, limits, agents, defaults, projects)',
    ),
]

DOCUMENT_FAULTS = [
    ("- repo: a/b\n", ':1: is not a mapping (start with "projects:")'),
    ("projects: []\n", ":1: projects: is empty (add a project: - repo: owner/name)"),
    ("version: 1\n", ":1: projects: is missing (add projects: [{repo: owner/name, …}])"),
    ("projects: {repo: a/b}\n", f":1: projects: {_LIST}"),
    ("projects: a/b\n", f":1: projects: {_LIST}"),
    ("projects:\n- a/b\n", f":2: projects[0]: {_MAPPING}"),
    ("projects:\n\t- repo: a/b\n", ":2: is indented with a tab (indent with spaces)"),
    (
        "projects:\n- repo: a: b\n",
        ':2: has a ": " where no key may stand (quote the value, or line the key up with its neighbours)',
    ),
    ('projects:\n- repo: "a/b\n', ":2: opens a quote that is never closed (close it on the same line)"),
    (
        "projects:\n- repo: [a\n",
        ":2: opens a [ or { that is never closed, or lacks a comma (close it; quote a value with brackets in it)",
    ),
    ('projects:\n- repo: "\\q"\n', ":2: has a backslash that double quotes do not know (use single quotes)"),
    (
        "projects: [!<a]\n",
        ':1: has a word that starts with "!" outside quotes, which YAML takes for a tag (put the word in quotes)',
    ),
    ("projects: }\n", ":1: is not valid YAML (look at the indentation and quotes of this line and the one before)"),
    ("projects:\n- \x07\n", ":2: holds a control character (U+0007) (remove it)"),
    ("a: " + "[" * 30 + "]" * 30 + "\n", ":1: a" + "[0]" * 19 + ": is nested deeper than 20 levels (make it flatter)"),
    ("a: [" + "1," * 20_000 + "]\n", ":1: holds too many values (split it into several configurations)"),
]
