"""Words: quoting, expansions and what they give without a shell."""

from __future__ import annotations

import pytest
from tree_shape import first_command, line_shape, shape, word_shape

WORDS = [
    ("abc", "abc"),
    (r"\a", "'a'"),
    (r"a\ b", "a.' '.b"),
    (r"\a\b\c", "'abc'"),
    ("'a b'", "'a b'"),
    ("''", "''"),
    ('""', '""'),
    ('"a b"', "\"'a b'\""),
    ("a'b'\"c\"d", "a.'b'.\"'c'\".d"),
    (r'"a\"b\\c\d\$e\`f"', '"\'a"b\\c\\d$e`f\'"'),
    ('"a\\\nb"', "\"'ab'\""),
    ("'a\\\nb'", "'a\\\nb'"),
    ("a\\\nb", "ab"),
    ("a\\\n\\\nb\\\nc", "abc"),
    ("$x", "${x}"),
    ("$xy-z", "${xy}.-z"),
    ("$x\\\ny", "${xy}"),
    ("$\\\nx", "${x}"),
    ("$1$10", "${1}.${1}.0"),
    ("$@", "${@}"),
    ("$*$#$?$-$$$!$0", "${*}.${#}.${?}.${-}.${$}.${!}.${0}"),
    ('"$x"', '"${x}"'),
    ('"a$x b"', "\"'a'.${x}.' b'\""),
    ("$", "$"),
    ("a$", "a$"),
    ("$,a", "$,a"),
    ('"$"', "\"'$'\""),
    ('"$ a"', "\"'$ a'\""),
    ("\"$'a'\"", "\"'$'a''\""),
    ('$"a$x"', "\"'a'.${x}\""),
    ("$(a)", "$([a])"),
    ("$(a; b)", "$([a]; [b])"),
    ("$()", "$()"),
    ('"$(a "b")"', '"$([a "\'b\'"])"'),
    ('$(echo ")")', "$([echo \"')'\"])"),
    (r"$(echo \))", "$([echo ')'])"),
    ("$(case x in x) a;; esac)", "$(case x x) [a];;)"),
    ("$(a # )\n)", "$([a])"),
    ("$(a $(b $(c)))", "$([a $([b $([c])])])"),
    ("`a b`", "$([a b])"),
    (r"`a \`b\``", "$([a $([b])])"),
    (r'"`a \"b\"`"', '"$([a "\'b\'"])"'),
    (r"`a \\b`", "$([a 'b'])"),
    (r"`a \$b`", "$([a ${b}])"),
    ("$((1+2))", "(('1+2'))"),
    ("$(( (1+2)*3 ))", "((' (1+2)*3 '))"),
    ("$((x+$y))", "(('x+'.${y}))"),
    ('$(("1"+2))', "(('1+2'))"),
    ("$((1+\\\n2))", "(('1+2'))"),
    ("$(((1)))", "(('(1)'))"),
    ("$((a) | b)", "$(([a]) | [b])"),
    ("$( (a) )", "$(([a]))"),
    ("$((a); (b))", "$(([a]); ([b]))"),
    ("$(\\\n(1))", "(('1'))"),
    ("<(a)", "<([a])"),
    ("x>(a)y", "x.>([a]).y"),
    ("~", "~"),
    ("~/a", "~./a"),
    ("~u-1/a", "~u-1./a"),
    ("a~", "a~"),
    ("a=~/x:~u", "a=.~./x:.~u"),
    ("--a=~", "--a=~"),
    ("a#b", "a#b"),
    ("*.c", "*.c"),
    ("[ab]", "[ab]"),
    ("é…ü", "é…ü"),
    ("a{", "a{"),
    ("{}", "{}"),
    ("if", "if"),
    ("a=b", "a=b"),
]


@pytest.mark.parametrize(("text", "expected"), WORDS, ids=[text for text, _ in WORDS])
def test_a_word_is_read_as_its_parts(text: str, expected: str) -> None:
    assert word_shape(text) == expected


C_ESCAPES = [
    (r"$'a\nb'", "a\nb"),
    (r"$'\a\b\e\E\f\r\t\v'", "\a\b\x1b\x1b\f\r\t\v"),
    (r"$'\\\'\"\?'", "\\'\"?"),
    (r"$'\x41\x4'", "A\x04"),
    (r"$'\101\60'", "A0"),
    (r"$'\u20ac\U0001F600'", "€😀"),
    (r"$'\xe2\x82\xac'", "€"),
    (r"$'\xff'", "\udcff"),
    (r"$'\cA\c['", "\x01\x1b"),
    (r"$'\q'", r"\q"),
    (r"$'a\0b'", "a"),
]


@pytest.mark.parametrize(("text", "expected"), C_ESCAPES)
def test_c_escapes_give_characters_and_bytes(text: str, expected: str) -> None:
    assert first_command("echo " + text).words[1].text == expected


STATIC_TEXTS = [
    ("abc", "abc"),
    ("a'b c'\"d\"\\e", "ab cde"),
    ("''", ""),
    ("[", "["),
    ("a]", "a]"),
    ("]a[", "]a["),
    ("'*'", "*"),
    (r"\*", "*"),
    ("{}", "{}"),
    ("*", None),
    ("a?", None),
    ("[ab]", None),
    ("['a']", None),
    ("$x", None),
    ('"$x"', None),
    ("~", None),
    ("$(a)", None),
    ("a~", "a~"),
]


@pytest.mark.parametrize(("text", "expected"), STATIC_TEXTS)
def test_text_is_the_field_that_a_word_gives_whatever_the_state(text: str, expected: str | None) -> None:
    assert first_command("echo " + text).words[1].text == expected


PARAMETERS = [
    ("${x}", "${x}"),
    ("${10}", "${10}"),
    ("${x-a}", "${x - a}"),
    ("${x:-a b}", "${x :- a b}"),
    ('${x:-"a b"}', "${x :- \"'a b'\"}"),
    ("${x:-'a}b'}", "${x :- 'a}b'}"),
    ("${x:-a\\}b}", "${x :- a.'}'.b}"),
    ("${x:-${y:-${z}}}", "${x :- ${y :- ${z}}}"),
    ('${x:-$(echo "}")}', "${x :- $([echo \"'}'\"])}"),
    ("${x:=a}${x=a}", "${x := a}.${x = a}"),
    ("${x:?a}${x?}", "${x :? a}.${x ? ø}"),
    ("${x:+a}${x+a}", "${x :+ a}.${x + a}"),
    ("${x:-~/a}", "${x :- ~./a}"),
    ('"${x:-a b}"', "\"${x :- 'a b'}\""),
    ('"${x:-"a b"}"', '"${x :- "\'a b\'"}"'),
    ("\"${x:-'a'}\"", "\"${x :- ''a''}\""),
    ('"${x:-~}"', "\"${x :- '~'}\""),
    (r'"${x:-a\}b\"c}"', '"${x :- \'a}b"c\'}"'),
    ("${x#a}${x##*/}", "${x # a}.${x ## */}"),
    ("${x%.c}${x%%.*}", "${x % .c}.${x %% .*}"),
    ("\"${x%'*'}\"", "\"${x % '*'}\""),
    ('${x#"$y"}', '${x # "${y}"}'),
    ('"${x#"}"}"', '"${x # "\'}\'"}"'),
    ("${x/a/b}", "${x / a b}"),
    ("${x//a/b c}", "${x // a b c}"),
    ("${x/#a/b}${x/%a/b}", "${x /# a b}.${x /% a b}"),
    ("${x/a}", "${x / a}"),
    ("${x/a/}", "${x / a ø}"),
    (r"${x//\//-}", "${x // '/' -}"),
    ("${x:1}", "${x : '1'}"),
    ("${x:1:2}", "${x : '1' '2'}"),
    ("${x: -1}", "${x : ' -1'}"),
    ("${x:(-1)}", "${x : '(-1)'}"),
    ("${x:a?1:2:3}", "${x : 'a?1:2' '3'}"),
    ("${x:$y:${#z}}", "${x : ${y} ${#z}}"),
    ("${x^}${x^^}${x,}${x,,}", "${x ^}.${x ^^}.${x ,}.${x ,,}"),
    ("${x^^[ab]}", "${x ^^ [ab]}"),
    ("${x@Q}", "${x @ Q}"),
    ("${#x}", "${#x}"),
    ("${#}", "${#}"),
    ("${##}", "${##}"),
    ("${#@}${#*}${#10}${#?}", "${#@}.${#*}.${#10}.${#?}"),
    ("${#-a}", "${# - a}"),
    ("${##a}", "${# # a}"),
    ("${#:-a}", "${# :- a}"),
    ("${!x}", "${x !}"),
    ("${!x[@]}", "${x[@] !}"),
    ("${!x*}${!x@}", "${x ! *}.${x ! @}"),
    ("${!#}${!1}", "${# !}.${1 !}"),
    ("${!}", "${!}"),
    ("${!:-a}", "${! :- a}"),
    ("${x[@]}${x[*]}", "${x[@]}.${x[*]}"),
    ("${x[i+1]}", "${x[i+1]}"),
    ("${x[$i]}", "${x[${i}]}"),
    ("${x[y[1]]}", "${x[y.[.1.]]}"),
    ("${#x[@]}", "${#x[@]}"),
    ("${x[@]:1:2}", "${x[@] : '1' '2'}"),
    ("${x[0]:-a}", "${x[0] :- a}"),
    ("${@:2}", "${@ : '2'}"),
    ("${*%%a}", "${* %% a}"),
    ("${\\\nx\\\n:\\\n-a}", "${x :- a}"),
]


@pytest.mark.parametrize(("text", "expected"), PARAMETERS, ids=[text for text, _ in PARAMETERS])
def test_a_parameter_is_read_with_its_operator_and_words(text: str, expected: str) -> None:
    assert word_shape(text) == expected


@pytest.mark.parametrize(
    "text", ["${}", "${x!}", "${(f)x}", "${x y}", "${=x}", '"${x!}"', "${x[1]y}", "${%}"]
)
def test_what_is_no_expansion_is_an_error_only_when_it_is_expanded(text: str) -> None:
    assert word_shape(text).strip('"') == "${bad '" + text.strip('"') + "'}"


ASSIGNMENTS = [
    ("a=b", "[a=b]"),
    ("a=", "[a=ø]"),
    ("a+=b", "[a+=b]"),
    ("a=b c=d e f=g", "[a=b c=d e f=g]"),
    ("a=$x'y z'", "[a=${x}.'y z']"),
    ("a=~:~u/b", "[a=~.:.~u./b]"),
    ("a={x,y}", "[a={x,y}]"),
    ("a=*", "[a=*]"),
    ("a[1]=b", "[a[1]=b]"),
    ("a[$i+1]+=b", "[a[${i}.+1]+=b]"),
    ('a["x y"]=b', "[a[\"'x y'\"]=b]"),
    ("a[b[1]]=c", "[a[b.[.1.]]=c]"),
    ("a[bc]*", "[a[bc]*]"),
    ("a=()", "[a=()]"),
    ("a=(x 'y z' $w)", "[a=(x 'y z' ${w})]"),
    ("a=(x\n y # c\n\n z)", "[a=(x y z)]"),
    ("a=([3]=x [y]=z w)", "[a=([3]=x [y]=z w)]"),
    ("a=([ab]*)", "[a=([ab]*)]"),
    ("a=({1..3})", "[a=(1 2 3)]"),
    ("a+=(x)", "[a+=(x)]"),
    ("a=(x) b", "[a=(x) b]"),
    ("1=a", "[1=a]"),
    ("a-b=c", "[a-b=c]"),
    ("'a'=b", "['a'.=b]"),
    ("a\\\nb=c", "[ab=c]"),
]


@pytest.mark.parametrize(("text", "expected"), ASSIGNMENTS, ids=[text for text, _ in ASSIGNMENTS])
def test_assignments_stand_before_the_command(text: str, expected: str) -> None:
    assert line_shape(text) == expected


def test_the_value_of_an_assignment_has_a_text_though_it_holds_pattern_characters() -> None:
    value = first_command("a=*.c").assignments[0].value
    assert shape(value) == "*.c"
    assert getattr(value, "text", "") == "*.c"


def test_parts_know_their_places() -> None:
    text = "echo  a\"b$x\"'c'"
    word = first_command(text).words[1]
    assert (word.start, word.end) == (6, 15)
    assert [text[part.start : part.end] for part in word.parts] == ["a", '"b$x"', "'c'"]
