// Mistakes in a dialect file name file, line, column and field, all at once, and warnings say what cannot be
// written.
#include "connectors/dialects/known_values.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace tongban::dialects::testing {
namespace {

TEST(Mistakes, AllAtOnceWithLineColumnAndField) {
    const std::string yaml = R"(dialect: t
version: "1"
wire: {content_type: application/json, format: jsn}
tables:
  gender: {"1": MAL, "2": FEMALE}
messages:
  apply:
    mach: {has: no}
    event: CASE_SUBMITED
  other:
    event: CASE_SUBMITTED
    fields:
      case.source_case_nr: no
      dossier.applicant.gender: {from: sex, table: gender}
      occurred_at: {from: t, do: [{time: [yyyy-MM-ddd]}]}
      dossier.applicant.id_no: {form: id, do: [idd]}
      body.promise: days
      dossier.note: "a[b"
)";
    EXPECT_EQ(
        mistakes_of(yaml),
        "test.yaml:3:48: wire.format: unknown format 'jsn' (did you mean 'json'?); known: json, xml, csv, "
        "form, multipart, base64, gzip, json_string, charset\n"
        "test.yaml:8:5: messages.apply.mach: unknown key 'mach' (did you mean 'match'?)\n"
        "test.yaml:9:12: messages.apply.event: unknown event 'CASE_SUBMITED' (did you mean "
        "'CASE_SUBMITTED'?)\n"
        "test.yaml:13:28: messages.other.fields.case.source_case_nr: no field 'source_case_nr' in CaseRef "
        "(did you "
        "mean 'source_case_no'?)\n"
        "test.yaml:14:33: messages.other.fields.dossier.applicant.gender: table gender: 'MAL' is no value of "
        "dossier.applicant.gender (did you mean 'MALE'?); known: MALE, FEMALE, UNKNOWN, NOT_STATED\n"
        "test.yaml:15:43: messages.other.fields.occurred_at.do[0].time[0]: 'ddd' is no part of a time; use "
        "yyyy MM dd "
        "HH mm ss SSS X\n"
        "test.yaml:16:32: messages.other.fields.dossier.applicant.id_no: a rule needs from: a path, or "
        "value: a "
        "constant\n"
        "test.yaml:16:33: messages.other.fields.dossier.applicant.id_no.form: unknown key 'form' (did you "
        "mean "
        "'from'?)\n"
        "test.yaml:16:48: messages.other.fields.dossier.applicant.id_no.do[0]: unknown step 'idd' (did you "
        "mean "
        "'id'?); known: half_width, upper, lower, strip, strip_prefix, strip_suffix, add_prefix, phone, id, "
        "number, width, table, date, time, amount, limit, base64, json, between, part and 2 more\n"
        "test.yaml:17:21: messages.other.fields.body.promise: 'body.promise' is a limit: it needs the step "
        "limit, or "
        "rules for body.promise.value and body.promise.unit\n"
        "test.yaml:18:21: messages.other.fields.dossier.note: path 'a[b': a '[' in the path is not closed\n");
}

TEST(Mistakes, AValueThatIsNoneOfAListIsToldWithWhatItHolds) {
    EXPECT_EQ(known_values(std::vector<std::string_view>{"A", "B"}).zh, "；可用：A、B");
    EXPECT_EQ(known_values(std::vector<std::string_view>{"A", "B"}).en, "; known: A, B");
    EXPECT_TRUE(known_values(std::vector<std::string_view>{}).empty());
    const auto cut = known_values(std::vector<std::string_view>(27, "X"));
    EXPECT_TRUE(cut.zh.ends_with("X 等27个")) << cut.zh;
    EXPECT_TRUE(cut.en.ends_with("X and 7 more")) << cut.en;
    EXPECT_EQ(std::count(cut.en.begin(), cut.en.end(), 'X'), 20);
}

// One mistake in an otherwise good rule.
std::string rule(const std::string& text) {
    return mistakes_of(
        std::string("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n") +
        "tables:\n  g: {'1': MAL}\nmessages:\n  m:\n    event: CASE_SUBMITTED\n    fields:\n      " + text +
        "\n");
}

TEST(Mistakes, OfARule) {
    EXPECT_NE(rule("case.source_case_nr: no")
                  .find(":10:28: messages.m.fields.case.source_case_nr: no field 'source_case_nr' in CaseRef "
                        "(did you mean 'source_case_no'?)"),
              std::string::npos)
        << rule("case.source_case_nr: no");
    EXPECT_NE(rule("dossier.applicant.gender: {from: a, table: g}")
                  .find("'MAL' is no value of dossier.applicant.gender (did you mean 'MALE'?)"),
              std::string::npos);
    EXPECT_NE(rule("dossier.applicant.gender: {from: a, table: h}").find("no table 'h'"), std::string::npos);
    EXPECT_NE(rule("occurred_at: {from: t, do: [{time: [yyyy-MMM-dd]}]}").find("'MMM' is no part of a time"),
              std::string::npos);
    EXPECT_NE(rule("occurred_at: t").find("it needs a step {time: [formats]}"), std::string::npos);
    EXPECT_NE(rule("dossier.note: {form: id}").find("unknown key 'form' (did you mean 'from'?)"),
              std::string::npos);
    EXPECT_NE(rule("dossier.note: {from: a, do: [uper]}").find("unknown step 'uper' (did you mean 'upper'?)"),
              std::string::npos);
    EXPECT_NE(rule("dossier.note: {from: a, do: [number, upper]}").find("it must be the last step"),
              std::string::npos);
    EXPECT_NE(rule("dossier.note: {from: a, do: limit}").find("'limit' does not fit"), std::string::npos);
    EXPECT_NE(rule("body.promise: days").find("is a limit"), std::string::npos);
    EXPECT_NE(rule("dossier.applicant: a").find("is a message: name its fields"), std::string::npos);
    EXPECT_NE(rule("dossier.materials.name: a").find("'materials' is a list: give it each: and fields:"),
              std::string::npos);
    EXPECT_NE(rule("dossier.materials: {each: a}").find("it needs fields:"), std::string::npos);
    EXPECT_NE(rule("case_closed.outcome: a").find("its own fields are body."), std::string::npos);
    EXPECT_NE(rule("body.outcome: a").find("no field 'outcome' in CaseSubmitted"), std::string::npos)
        << rule("body.outcome: a");
    EXPECT_NE(rule("dossier.note: 'a[b'").find("a '[' in the path is not closed"), std::string::npos);
    EXPECT_NE(rule("dossier.note: {from: a, value: b}").find("from: a path, or value: a constant"),
              std::string::npos);
    EXPECT_NE(rule("dossier.note: {from: a, direction: inn}").find("expected both, in or out"),
              std::string::npos);
    EXPECT_NE(
        rule("dossier.amount_fen: {from: a, do: [{amount: 块}]}").find("expected 分, 角, 元, 万元 or 亿元"),
        std::string::npos);
}

TEST(Mistakes, AMisspeltEventHidesNoMistakeInItsFields) {
    const std::string head = "dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages:\n";
    const auto told = mistakes_of(head + "  m:\n"
                                         "    event: CASE_SUBMITED\n"
                                         "    fields:\n"
                                         "      case.source_case_no: {from: no, requird: true}\n"
                                         "      body.item.impl_cod: item\n"
                                         "      body.nothing: x\n"
                                         "      body.outcome: {from: r, table: {'1': DONE}}\n"
                                         "      body.fee_fen: {from: f, do: [{amount: 元}]}\n");
    EXPECT_NE(told.find("unknown event 'CASE_SUBMITED'"), std::string::npos) << told;
    EXPECT_NE(told.find(":8:39: messages.m.fields.case.source_case_no.requird: unknown key 'requird'"), std::string::npos) << told;
    EXPECT_NE(told.find("no field 'impl_cod' in Item (did you mean 'impl_code'?)"), std::string::npos) << told;
    EXPECT_NE(told.find("no event has the field 'body.nothing'"), std::string::npos) << told;
    EXPECT_NE(told.find("'DONE' is no value of body.outcome"), std::string::npos) << told;
    EXPECT_EQ(told.find("fee_fen"), std::string::npos) << "an event has it, and its rule is good: " << told;

    const auto one_of_two = mistakes_of(head + "  m:\n"
                                               "    event: {from: s, table: {'1': CASE_ACEPTED, '2': CASE_COLLECTED}}\n"
                                               "    fields: {body.outcome: r, body.nothing: x}\n");
    EXPECT_NE(one_of_two.find("unknown event 'CASE_ACEPTED'"), std::string::npos) << one_of_two;
    EXPECT_NE(one_of_two.find("no event has the field 'body.nothing'"), std::string::npos) << one_of_two;
    EXPECT_EQ(one_of_two.find("fields.body.outcome"), std::string::npos)
        << "the event that is misspelt may have it: " << one_of_two;
}

TEST(Mistakes, AKeyThatStandsTwiceHidesNothing) {
    const auto told = mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages:\n"
                                  "  m:\n"
                                  "    event: {from: s, table: {'1': CASE_ACCEPTED, '1': CASE_CLOSED}}\n"
                                  "    fields: {body.outcome: {from: r, table: {'1': DONE}}}\n");
    EXPECT_NE(told.find("the key '1' stands here twice"), std::string::npos) << told;
    EXPECT_NE(told.find("'DONE' is no value of body.outcome"), std::string::npos) << told;
    EXPECT_EQ(told.find("no field 'outcome'"), std::string::npos) << "CASE_CLOSED has it: " << told;
}

TEST(Mistakes, ATableThatNoRuleUsesIsWarnedOf) {
    const auto told = mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                                  "tables:\n"
                                  "  g: {男: MALE, 女: FEMAIL}\n"
                                  "  type: {A: 身份证, B: 护照}\n"
                                  "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
    EXPECT_NE(told.find(":5:6: tables.g: warning: no rule uses the table 'g'"), std::string::npos) << told;
    EXPECT_NE(told.find("tables.g.女: warning: 'FEMAIL' is no value of Gender (did you mean 'FEMALE'?); known: MALE"), std::string::npos)
        << told;
    EXPECT_NE(told.find("no rule uses the table 'type'"), std::string::npos) << told;
    EXPECT_EQ(told.find("身份证"), std::string::npos) << "free texts: " << told;
}

TEST(Mistakes, ABlockThatNoMessageIncludesIsCheckedToo) {
    const auto told = mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n"
                                  "blocks:\n"
                                  "  head: {case.source_case_no: no}\n"
                                  "  tail: {case.origin_regon: x, body.outcome: {from: r, table: {'1': DONE}}}\n"
                                  "messages: {m: {event: CASE_ACCEPTED, include: [head]}}\n");
    EXPECT_NE(told.find("blocks.tail: warning: no message includes the block 'tail'"), std::string::npos) << told;
    EXPECT_NE(told.find("no field 'origin_regon' in CaseRef (did you mean 'origin_region'?)"), std::string::npos) << told;
    EXPECT_NE(told.find("'DONE' is no value of body.outcome"), std::string::npos) << told;
    EXPECT_EQ(told.find("'head'"), std::string::npos) << told;
}

TEST(Mistakes, AFolderIsNoDialect) {
    const auto loaded = load_dialect(std::filesystem::temp_directory_path());
    ASSERT_EQ(loaded.mistakes.size(), 1U);
    EXPECT_EQ(loaded.mistakes[0].message.en, "this is a folder: name the dialect files in it");
}

TEST(Mistakes, AMessageThatIsNeverReadIsWarnedOf) {
    const auto told = [](const std::string& first, const std::string& second) {
        return mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages:\n"
                           "  a: {" + first + "event: CASE_ACCEPTED, fields: {case.source_case_no: no}}\n"
                           "  b: {" + second + "event: CASE_CLOSED, fields: {case.source_case_no: no}}\n");
    };
    const auto warned = [](const std::string& text) { return text.find("messages.b: warning: this message is never read") != std::string::npos; };
    EXPECT_TRUE(warned(told("", "")));
    EXPECT_TRUE(warned(told("", "match: {is: {type: '2'}}, ")));
    EXPECT_TRUE(warned(told("match: {is: {type: ['1', '2']}}, ", "match: {is: {type: '2'}, has: [x]}, ")));
    EXPECT_TRUE(warned(told("", "at: data, ")));
    EXPECT_FALSE(warned(told("match: {is: {type: '1'}}, ", "match: {is: {type: '2'}}, ")));
    EXPECT_FALSE(warned(told("match: {is: {type: '1'}}, ", "")));
    EXPECT_FALSE(warned(told("match: {is: {type: '2'}, has: [x]}, ", "match: {is: {type: '2'}}, ")));
    EXPECT_FALSE(warned(told("at: data, ", "")));
    EXPECT_FALSE(warned(told("mach: {is: {type: '1'}}, ", ""))) << "what is misspelt may have told them apart";
}

TEST(Mistakes, TwoFramingsOfOneContentTypeAreWarnedOf) {
    const auto told = [](const std::string& type, const std::string& format) {
        return mistakes_of("dialect: t\nversion: '1'\nwire:\n  - {content_type: application/json, format: json}\n"
                           "  - {content_type: " + type + ", format: " + format + "}\n"
                           "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
    };
    EXPECT_NE(told("application/json", "json").find(":5:5: wire[1]: warning: the content type application/json is taken"), std::string::npos)
        << told("application/json", "json");
    EXPECT_EQ(told("application/json", "xml"), "") << "they are told apart by their first character";
    EXPECT_EQ(told("text/json", "json"), "");
}

TEST(Mistakes, ATimeThatIsHardlyMeantIsWarnedOf) {
    const auto told = [](const std::string& format) { return rule("occurred_at: {from: t, do: [{time: ['" + format + "']}]}"); };
    EXPECT_NE(told("yyyy-MM-DD").find("warning: '-DD' is taken as it stands"), std::string::npos) << told("yyyy-MM-DD");
    EXPECT_NE(told("yyyy-MM-dd HH:MM:ss").find("warning: one part stands twice"), std::string::npos);
    EXPECT_NE(told("yyyy-MM-dd hh:mm").find("needs a (AM/PM)"), std::string::npos);
    EXPECT_NE(told("yyyy-mm-dd").find("mm in 'yyyy-mm-dd' is the minute, of no hour: MM is the month"), std::string::npos)
        << told("yyyy-mm-dd");
    EXPECT_NE(told("yyyy-mm-dd HH:ss").find("has a day of no month"), std::string::npos) << told("yyyy-mm-dd HH:ss");
    EXPECT_NE(told("yyyyddHHmm").find("has a day of no month"), std::string::npos);
    for (const std::string good : {"yyyy", "yyyyMM", "yyyy-MM-dd HH", "yyyy-MM-ddTHH:mm:ss.SSSX", "yyyy年M月d日 ah点m分", "yyyyMMddHHmmss", "yyyy-MM-ddTHH:mm:ssZ", "iso"}) {
        EXPECT_EQ(told(good).find("occurred_at"), std::string::npos) << told(good);
    }
}

TEST(Mistakes, DuplicateKeysAndBrokenYaml) {
    EXPECT_NE(rule("dossier.note: a\n      dossier.note: b")
                  .find(":11:7: messages.m.fields.dossier.note: the key 'dossier.note' stands here twice"),
              std::string::npos)
        << rule("dossier.note: a\n      dossier.note: b");
    EXPECT_NE(mistakes_of("dialect: [\n").find("not YAML"), std::string::npos);
    EXPECT_NE(mistakes_of("").find("dialect"), std::string::npos);
    EXPECT_NE(mistakes_of("- 1\n- 2\n").find("expected a mapping"), std::string::npos);
}

TEST(Mistakes, AFileSavedAsGbk) {
    EXPECT_EQ(mistakes_of("dialect: t\nversion: \"\xBC\xC3\xC4\xFE\"\n"),
              "test.yaml:2:11: : not UTF-8 (saved as GBK?): save it as UTF-8\n");
}

TEST(Mistakes, WhatCannotBeWrittenIsAWarning) {
    const std::string warning = rule("dossier.applicant.gender: {from: id, do: [id_gender]}");
    EXPECT_NE(warning.find("warning: cannot be written"), std::string::npos) << warning;
    EXPECT_EQ(rule("dossier.applicant.gender: {from: id, do: [id_gender], direction: in}")
                  .find("cannot be written"),
              std::string::npos);
    EXPECT_NE(rule("occurred_at: {from: [a, b], join: '', do: [{time: [yyyyMMddHHmm]}]}")
                  .find("without a separator"),
              std::string::npos);
}

TEST(Mistakes, ACaptureOfWhatStandsAboveTheMessageIsWarnedOf) {
    const auto told = [](const std::string& where) {
        return mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\ncapture: {serial: " + where +
                           "}\nmessages: {m: {at: busi/case, match: {is: {../../head/type: A}}, event: CASE_ACCEPTED, "
                           "fields: {case.source_case_no: no}}}\n");
    };
    EXPECT_NE(told("head/serial").find(":4:19: capture.serial: warning: paths of capture start at the message's at, and 'head' stands "
                                       "above it: say /head/serial"),
              std::string::npos)
        << told("head/serial");
    EXPECT_NE(told("busi/x").find("say /busi/x"), std::string::npos);
    for (const std::string good : {"/head/serial", "../../head/serial", "~/head/serial", "no"}) {
        EXPECT_EQ(told(good), "") << good;
    }
}

TEST(Mistakes, OneCharacterIsOneOfAscii) {
    EXPECT_NE(mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: text/plain, format: {form: {pair: '：'}}}\n"
                          "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n")
                  .find("wire.format.form.pair: expected one ASCII character"),
              std::string::npos);
}

TEST(Mistakes, OfAnAnswer) {
    const auto answer = [](const std::string& text) {
        return mistakes_of(
            "dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages: {m: "
            "{event: ROUTED, fields: {case.case_id: x}}}\nanswer:\n  content_type: a/b\n" +
            text);
    };
    EXPECT_NE(answer("  body: '${cod}'\n").find("unknown placeholder '${cod}' (did you mean 'code'?)"),
              std::string::npos);
    EXPECT_NE(answer("  body: '${echo.x}'\n").find("unknown placeholder"), std::string::npos);
    EXPECT_NE(answer("  body: '${code'\n").find("not closed"), std::string::npos);
    EXPECT_NE(answer("  body: x\n  status: {acepted: 200}\n")
                  .find("unknown outcome 'acepted' (did you mean 'accepted'?)"),
              std::string::npos);
    EXPECT_NE(answer("  body: {accepted: x}\n").find("needs an else:"), std::string::npos);
    const auto told = answer("  body: x\n  code: {check_digt: '1', accepted: '0'}\n  text: {requierd: x}\n");
    EXPECT_NE(told.find("answer.code.check_digt: warning: 'check_digt' is no reason or outcome that the gateway gives: this is "
                        "never used (did you mean 'check_digit'?)"),
              std::string::npos)
        << told;
    EXPECT_NE(told.find("'requierd' is no reason or outcome"), std::string::npos) << told;
    EXPECT_EQ(told.find("'accepted'"), std::string::npos) << told;
}

// As they are listed, and as they are spelt in dialects.md.
TEST(Mistakes, EveryProblemTypeMayHaveACodeInAnAnswer) {
    const auto page = file_text("docs/problems.md");
    std::string codes;
    for (auto at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1)) {
        auto name = page.substr(at + 4, page.find('`', at + 4) - at - 4);
        codes += (codes.empty() ? "" : ", ") + name + ": x";
    }
    EXPECT_NE(codes.find("signature-invalid: x"), std::string::npos);
    const auto told = mistakes_of("dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\nmessages: {m: "
                                  "{event: ROUTED, fields: {case.case_id: x}}}\nanswer:\n  content_type: a/b\n  body: x\n  code: {" +
                                  codes + "}\n  text: {signature_invalid: x}\n");
    EXPECT_EQ(told, "");
}

TEST(Mistakes, TheFiveCitiesHaveNoneAndNoWarnings) {
    for (const auto& name : city_names()) {
        const auto result = load_dialect(std::string(TONGBAN_SOURCE_DIR) + "/examples/five-cities/dialects/" +
                                         name + ".yaml");
        for (const auto& m : result.mistakes) {
            ADD_FAILURE() << m.file << ':' << m.line << ':' << m.column << ": " << m.field << ": "
                          << m.message.en;
        }
        EXPECT_TRUE(result.loaded);
    }
}

} // namespace
} // namespace tongban::dialects::testing
