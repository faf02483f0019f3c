"""``http``: a request as HTTPie writes it; its answer as bytes, as records, or in a file."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Literal

from azos_shell.commands.http_answers import answers
from azos_shell.commands.http_asked import Asked, words_asked
from azos_shell.commands.http_sending import Way
from azos_shell.commands.http_telling import CallTelling
from azos_shell.core.frozen import replace as replaced
from azos_shell.plugin import Argument, Call, Chunk, LaneName, Option, Plan, UsageError, command
from azos_shell.pools.http_asking import MOST_RETRIES, Asking
from azos_shell.pools.http_surroundings import Surroundings


def plan_http(call: Call, words: tuple[str, ...], *, offline: bool, curl: bool, **_options: object) -> Plan:
    """Circuits and the cache are those of the web (``cache.web``): a redirect may lead to other origins."""
    words_asked(words)
    return Plan(lane=LaneName.INLINE if offline or curl else LaneName.HTTP, by_itself=True)


@command(
    "http",
    lane=LaneName.HTTP,
    records=True,
    planner=plan_http,
    usage="http [OPTIONS] [METHOD] URL [ITEM…]",
    category="Data",
)
async def http(
    call: Call,
    *words: Annotated[str, Argument(metavar="WORD", help="the METHOD, the URL, and request items")],
    json: Annotated[
        bool, Option("-j", long=False, help="send and want JSON (what fields are without -f)")
    ] = False,
    form: Annotated[bool, Option("-f", help="send fields as a form; files (name@FILE) with it")] = False,
    multipart: Annotated[bool, Option(help="send fields as the parts of a form, without files, too")] = False,
    raw: Annotated[str | None, Option(metavar="TEXT", help="send this body")] = None,
    data: Annotated[
        str | None, Option(metavar="DATA|@FILE", help="send this body, or a file's; @- for standard input")
    ] = None,
    ignore_stdin: Annotated[bool, Option("-I", help="standard input is not the body")] = False,
    header: Annotated[
        list[str], Option("-H", metavar="NAME:VALUE", help="a header to send, as Name:value among the words")
    ],
    body: Annotated[bool, Option("-b", help="show the body only")] = False,
    headers: Annotated[bool, Option("-h", help="show the headers of the answer only")] = False,
    verbose: Annotated[
        bool, Option("-v", help="show the request, too, and every step to the answer")
    ] = False,
    print_: Annotated[
        str | None,
        Option(
            "-p", metavar="WHAT", help="show H and B of the request, h and b of the answer: headers, body"
        ),
    ] = None,
    download: Annotated[
        bool, Option("-d", help="save the body in a file, named by -o, the server or the address")
    ] = False,
    output: Annotated[
        str | None, Option("-o", metavar="FILE", help="write the body there, once it is whole")
    ] = None,
    continue_: Annotated[
        bool, Option("-c", help="go on with the download that was cut off (-d, -o)")
    ] = False,
    follow: Annotated[bool, Option("-F", help="follow redirects (-d does)")] = False,
    max_redirects: Annotated[int, Option(metavar="N", help="follow so many at most")] = 20,
    auth_type: Annotated[
        Literal["basic", "digest", "bearer"] | None, Option("-A", help="how to prove who asks (basic)")
    ] = None,
    auth: Annotated[
        str | None, Option("-a", metavar="USER:PASSWORD", help="who asks; with -A bearer a token")
    ] = None,
    ignore_netrc: Annotated[bool, Option(help="don't look into ~/.netrc for who asks")] = False,
    session: Annotated[
        str | None,
        Option(metavar="NAME|PATH", help="keep headers, cookies and who asks from call to call, per host"),
    ] = None,
    session_read_only: Annotated[
        str | None, Option(metavar="NAME|PATH", help="use a session as it is")
    ] = None,
    timeout: Annotated[
        float, Option(help="for connecting, for the headers, and for each further piece")
    ] = 30.0,
    retries: Annotated[
        int, Option(metavar="N", help="try so often again where that is safe (3 at most)")
    ] = MOST_RETRIES,
    max_bytes: Annotated[
        int | None, Option(metavar="N", help="refuse a longer body, unpacked (1 GiB; -d takes any)")
    ] = None,
    verify: Annotated[
        str,
        Option(metavar="yes|no|FILE", help="whose certificates to trust: a file's, or, with no, anybody's"),
    ] = "yes",
    cert: Annotated[str | None, Option(metavar="FILE", help="the certificate that proves who asks")] = None,
    cert_key: Annotated[
        str | None, Option(metavar="FILE", help="its key, if it is not in the same file")
    ] = None,
    proxy: Annotated[
        list[str],
        Option(metavar="[PROTOCOL:]URL", help="ask through this proxy (http:URL, https:URL, or URL)"),
    ],
    records: Annotated[
        str | None,
        Option(metavar="NAME", help="give the array of this name in the answer as records (a.b: b in a)"),
    ] = None,
    all_pages: Annotated[bool, Option(help="follow the links to next pages, as one stream")] = False,
    max_pages: Annotated[int | None, Option(metavar="N", help="stop after so many pages")] = None,
    offline: Annotated[bool, Option(help="show the request that would be sent, and send nothing")] = False,
    curl: Annotated[
        bool, Option(help="show the curl command that would do the same, and send nothing")
    ] = False,
    check_status: Annotated[
        bool, Option(help="as without it: the exit status tells of 3xx, 4xx, 5xx")
    ] = False,
) -> AsyncIterator[Chunk]:
    """Ask a web server: on a terminal shown with its headers, in a pipe the body as it came.

    WORDS are the METHOD (GET, or POST where there is a body), the URL (https without a scheme, http for this
    machine; `:3000/x` is a port of it), and items: `name=value` and `name:=json` are fields of a JSON body (`a[b]=c`
    and `a[]=x` nest), or with -f of a form, in which `name@FILE;type=TYPE` is a file; `name==value` is added to
    the address, `Name:value` is a header, `Name:` leaves one out, `Name;` sends an empty one, `@FILE` alone is the
    whole body. `=@FILE`, `:=@FILE`, `==@FILE` and `:@FILE` take the value from a file; a backslash before `:`, `;`,
    `=` or `@` makes it part of the name. What is piped or redirected into `http` is the body where there are no
    fields; what a loop or a script is reading only if POST, PUT or PATCH is written (-I: never).

    `--json`, `--jsonl`, `--csv`, `--tsv`, `--md` and `--table` give the answer as records: the elements of a JSON
    array, a JSON object as one row, the lines of CSV, and server-sent events as they come; `--records items` those of
    the array `items` in it.

    The exit status is 3, 4 or 5 for answers of 3xx, 4xx and 5xx, whose body is given, too; 124 when the server
    takes too long; 1 when there is no answer, or not all of it. A download that is cut off is kept as FILE.part where
    the server tells its state from others; `-d -c -o FILE` goes on with it.

    Examples:
        $ http --offline -p B :8000/items name=ann n:=1 tags[]=a
        {"name":"ann","n":1,"tags":["a"]}
        $ http --curl -F PUT :8000/items/1 If-Match:7 q=='a b'
        curl -X PUT 'http://localhost:8000/items/1?q=a%20b' -H 'If-Match: 7' -L
    """
    if timeout <= 0 or retries < 0 or max_redirects < 0:
        raise UsageError("--timeout must be positive, --retries and --max-redirects not negative")
    surroundings = _surroundings(call, verify, cert, cert_key, proxy)
    asking = Asking(
        timeout_seconds=timeout,
        fresh=call.fresh or not surroundings.is_verified,  # what anybody may have said is not kept
        retries=retries,
        telling=CallTelling(call),
        surroundings=surroundings,
    )
    way = Way(asking, follow or download, max_redirects, not ignore_netrc)
    asked = Asked(
        words=words_asked(words),
        header=header,
        json=json,
        form=form,
        multipart=multipart,
        raw=raw,
        data=data,
        ignore_stdin=ignore_stdin,
        body_only=body,
        headers_only=headers,
        verbose=verbose,
        print=print_,
        download=download,
        output=None if output == "-" else output,
        go_on=continue_,
        auth_type=auth_type,
        auth=auth,
        session=session,
        session_read_only=session_read_only,
        offline=offline,
        curl=curl,
        records=records,
        all_pages=all_pages,
        max_pages=max_pages,
        max_bytes=max_bytes,
    )
    asked.check()
    async with aclosing(answers(call, asked, way)) as chunks:
        async for chunk in chunks:
            yield chunk


def _surroundings(
    call: Call, verify: str, cert: str | None, cert_key: str | None, proxies: list[str]
) -> Surroundings:
    """Those of the shell, but for what the options say. Raises UsageError."""
    found = Surroundings.of(call.shell.environment())
    for value in proxies:
        protocol, _, url = value.partition(":")
        if protocol not in ("http", "https", "all") or url.startswith("//"):
            protocol, url = "all", value
        changes = {f"{name}_proxy": url for name in ("http", "https") if protocol in (name, "all")}
        found = replaced(found, no_proxy="", **changes)
    if verify.lower() in ("no", "false"):
        found = replaced(found, is_verified=False)
    elif verify.lower() not in ("yes", "true"):
        path = call.shell.resolve_path(verify)
        if not os.path.exists(path):
            raise UsageError(f"--verify takes yes, no or a file of certificates; there is no file {verify}")
        is_directory = os.path.isdir(path)
        found = replaced(
            found,
            authorities_file="" if is_directory else path,
            authorities_directory=path if is_directory else "",
        )
    if cert_key is not None and cert is None:
        raise UsageError("--cert-key goes with --cert")
    if cert is not None:
        found = replaced(
            found,
            certificate_file=call.shell.resolve_path(cert),
            certificate_key_file="" if cert_key is None else call.shell.resolve_path(cert_key),
        )
    return found


COMMANDS = (http,)
