"""curl's command line: which options take an argument, and which only concern what curl shows and keeps.

The names are those of `curl --help all` up to 8.11; any may be cut short to what is unambiguous, and the short ones
written together (`-sSLk`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from checker.config.problems import did_you_mean
from checker.importers.notes import Unusable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FLAGS = _words("""
    anyauth append basic ca-native cert-status compressed compressed-ssh create-dirs crlf digest disable disable-eprt
    disable-epsv disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed eprt epsv fail fail-early
    fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc
    ftp-ssl-control ftp-ssl-reqd get globoff haproxy-protocol head help http0.9 http1.0 http1.1 http2
    http2-prior-knowledge http3 http3-only ignore-content-length include insecure ipv4 ipv6 junk-session-cookies
    list-only location location-trusted mail-rcpt-allowfails manual metalink mptcp negotiate netrc netrc-optional next
    alpn buffer clobber keepalive npn progress-meter sessionid ntlm ntlm-wb out-null parallel parallel-immediate
    path-as-is post301 post302 post303 progress-bar proxy-anyauth proxy-basic proxy-ca-native proxy-digest proxy-http2
    proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel
    raw remote-header-name remote-name remote-name-all remote-time remove-on-error retry-all-errors retry-connrefused
    sasl-ir show-error show-headers silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl
    ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2 sslv3 styled-output
    suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata tlsv1 tlsv1.0 tlsv1.1 tlsv1.2
    tlsv1.3 tr-encoding trace-ids trace-time use-ascii verbose version xattr
    """)
_VALUES = _words("""
    abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to
    continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary data-raw data-urlencode
    delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine
    etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header hostpubmd5 hostpubsha256 hsts interface ip-tos
    ipfs-gateway json keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options
    mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir
    parallel-max parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert
    proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type
    proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword
    proxy-tlsuser proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry
    retry-delay retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service
    socks5-hostname speed-limit speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers
    tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket upload-file upload-flags url url-query
    user user-agent variable vlan-priority write-out
    """)
_SHORT = {
    pair[0]: pair[2:]
    for pair in _words("""
    a=append E=cert K=config C=continue-at b=cookie c=cookie-jar d=data q=disable D=dump-header f=fail
    F=form P=ftp-port G=get g=globoff I=head H=header h=help 0=http1.0 i=include k=insecure 4=ipv4
    6=ipv6 j=junk-session-cookies l=list-only L=location M=manual m=max-time n=netrc :=next N=no-buffer
    o=output Z=parallel #=progress-bar x=proxy U=proxy-user p=proxytunnel Q=quote r=range e=referer
    J=remote-header-name O=remote-name R=remote-time X=request S=show-error s=silent Y=speed-limit
    y=speed-time 2=sslv2 3=sslv3 t=telnet-option z=time-cond 1=tlsv1 T=upload-file B=use-ascii u=user
    A=user-agent v=verbose V=version w=write-out
    """)
}

SHOWN = _words("""
    clobber no-clobber cookie-jar create-dirs create-file-mode dump-header buffer no-buffer fail-early include libcurl
    out-null output output-dir parallel parallel-immediate parallel-max parallel-max-host progress-bar progress-meter
    no-progress-meter remote-header-name remote-name remote-name-all remote-time remove-on-error show-error
    show-headers silent skip-existing stderr styled-output suppress-connect-headers trace trace-ascii trace-config
    trace-ids trace-time verbose write-out xattr
    """)
"""What only concerns curl's own output: for a probe there is nothing to carry over."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option by its long name, without the dashes; a URL has the name `url`."""

    name: str
    value: str = ""


def options(words: tuple[str, ...], where: str) -> Iterator[Option]:
    """Yield the options of a command line; raises Unusable for one that curl does not have."""
    rest = iter(words)
    ended = False
    for word in rest:
        if ended or not word.startswith("-") or word == "-":
            yield Option("url", word)
        elif word == "--":
            ended = True
        elif word.startswith("--"):
            name = _long(word[2:], where)
            yield Option(name, _argument(name, rest, where) if name in _VALUES else "")
        else:
            yield from _together(word[1:], rest, where)


def _together(letters: str, rest: Iterator[str], where: str) -> Iterator[Option]:
    for index, letter in enumerate(letters):
        name = _SHORT.get(letter)
        if name is None:
            raise Unusable(f"{where}: curl has no option -{letter if letter.isprintable() else '?'}")
        if name in _VALUES:
            yield Option(name, letters[index + 1 :] or _argument(name, rest, where))
            return
        yield Option(name)


def _argument(name: str, rest: Iterator[str], where: str) -> str:
    value = next(rest, None)
    if value is None:
        raise Unusable(f"{where}: --{name} wants an argument")
    return value


def _long(name: str, where: str) -> str:
    if name.startswith("expand-") and name.removeprefix("expand-") in _VALUES:
        raise Unusable(f"{where}: --{name} cannot be imported; write the text with --{name[7:]}")
    if name in _FLAGS or name in _VALUES:
        return name
    if name.removeprefix("no-") in _FLAGS:
        return name
    near = sorted(known for known in _FLAGS | _VALUES if name and known.startswith(name))
    if len(near) == 1:
        return near[0]
    hint = "it may be " + " or ".join(f"--{known}" for known in near[:4]) if near else ""
    hint = hint or did_you_mean(name, _FLAGS | _VALUES)
    shown = name[:40] if name.isprintable() and "=" not in name else name.partition("=")[0][:40]
    raise Unusable(f"{where}: curl has no option --{shown}" + (f"; {hint}" if hint else ""))
