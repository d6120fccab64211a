// What a message of the largest size asks of rules, places and rows grows with its length, not with its square: many faults,
// many rows, many objects, many names. Each of these took from ten seconds to minutes where all were compared with all.
#include "connectors/dialects/document.hpp"
#include "connectors/dialects/sibling_numbers.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace tongban::dialects::testing {
namespace {

constexpr double enough = 6; // seconds of the processor

template <class Work>
double cpu_seconds(Work work) {
    const auto begin = std::clock();
    work();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

std::string repeated(const std::string& text, std::size_t times, const std::string& between = "") {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += (i == 0 ? "" : between) + text;
    }
    return all;
}

constexpr const char* head = "dialect: t\nversion: '1'\n";
constexpr const char* json_wire = "wire: {content_type: application/json, format: json}\n";

// Reads within the bound; fails the test when it is refused.
template <class Look>
void read_in_time(const std::string& yaml, const std::string& body, Look look) {
    const auto d = made(yaml);
    google::protobuf::Arena arena;
    EXPECT_LT(cpu_seconds([&] {
                  const auto read = d->read({"", body}, arena);
                  if (!read) {
                      ADD_FAILURE() << read.error().message_en;
                      return;
                  }
                  look(*read);
              }),
              enough);
}

TEST(LinearCost, PlacesOfFaultsInALongList) {
    constexpr std::size_t count = 95'000;
    read_in_time(std::string(head) + json_wire +
                     "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.materials: {each: files, "
                     "fields: {copies: {from: n, do: number}}}}}}\n",
                 R"({"no":"1","files":[)" + repeated(R"({"n":"x"})", count, ",") + "]}", [&](const reading& read) {
                     const auto& faults = read.events.front().violations;
                     ASSERT_EQ(faults.size(), count);
                     EXPECT_EQ(faults[7].source_path(), "$.files[7].n");
                     EXPECT_EQ(faults.back().source_path(), "$.files[94999].n");
                 });
}

TEST(LinearCost, SiblingsAreNumberedOnce) {
    name_table names;
    document doc;
    doc.clear(names, {});
    for (int i = 0; i < 100'000; ++i) {
        doc.add(0, i % 3 == 0 ? "a" : i == 1 ? "alone" : "b", node_kind::text);
    }
    sibling_numbers numbers;
    EXPECT_EQ(numbers.of(doc, 1), 1U);
    EXPECT_EQ(numbers.of(doc, 2), 0U);
    EXPECT_EQ(numbers.of(doc, 4), 2U);
    for (node_index i = 1; i < doc.size(); ++i) {
        numbers.of(doc, i);
    }
    EXPECT_LE(numbers.steps(), 5 * doc.size());
    EXPECT_EQ(numbers.of(doc, 1), 1U);
    EXPECT_EQ(numbers.of(doc, 2), 0U);
    EXPECT_EQ(numbers.of(doc, 4), 2U);
    EXPECT_EQ(numbers.of(doc, 6), 3U); // b: 3, 5, 6
    const auto later = doc.add(0, "alone", node_kind::text);
    EXPECT_EQ(numbers.of(doc, 2), 1U) << "what is added later counts";
    EXPECT_EQ(numbers.of(doc, later), 2U);
}

TEST(LinearCost, ALongNameIsShownByItsBeginning) {
    constexpr std::size_t count = 60'000;
    const std::string name(1'000'000, 'n');
    read_in_time(std::string(head) + json_wire +
                     "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.materials: {each: 'all/*/*', "
                     "fields: {copies: {from: n, do: number}}}}}}\n",
                 R"({"no":"1","all":{")" + name + "\":[" + repeated(R"({"n":"x"})", count, ",") + "]}}", [&](const reading& read) {
                     ASSERT_EQ(read.events.front().violations.size(), count);
                     EXPECT_EQ(read.events.front().violations.back().source_path(), "$.all." + name.substr(0, 128) + "…[59999].n");
                 });
}

TEST(LinearCost, FaultsOfManyRows) {
    constexpr std::size_t count = 60'000;
    read_in_time(std::string(head) + "wire: {content_type: text/xml, format: xml, root: r, embed: {at: r/row/d, as: json}}\n" +
                     "limits: {rows: 100000}\nmessages: {m: {each: row, event: CASE_SUBMITTED, fields: {case.source_case_no: no}}}\n",
                 "<r>" + repeated("<row><no>1</no><d>{</d></row>", count) + "</r>", [&](const reading& read) {
                     ASSERT_EQ(read.events.size(), count);
                     ASSERT_EQ(read.events.back().violations.size(), 1U);
                     EXPECT_EQ(read.events.back().violations.front().source_path(), "/r/row[60000]/d");
                 });
}

TEST(LinearCost, UnmappedFieldsOfManyRows) {
    constexpr std::size_t count = 95'000;
    read_in_time(std::string(head) + json_wire + "unmapped: keep\n" +
                     "limits: {rows: 100000}\nmessages: {m: {each: rows, event: CASE_SUBMITTED, fields: {case.source_case_no: no}}}\n",
                 R"({"rows":[)" + repeated(R"({"x":"y"})", count, ",") + "]}", [&](const reading& read) {
                     ASSERT_EQ(read.events.size(), count);
                     const auto& dossier = read.events.back().event->dossier();
                     ASSERT_EQ(dossier.extra_size(), 1);
                     EXPECT_EQ(dossier.extra(0).name(), "$.rows[94999].x");
                     EXPECT_EQ(dossier.extra(0).value(), "y");
                 });
}

TEST(LinearCost, ObjectsTakenWhole) {
    constexpr std::size_t count = 45'000;
    read_in_time(std::string(head) + json_wire +
                     "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.form: {each: f, fields: {name: k, "
                     "value: {from: v, do: json}}}}}}\n",
                 R"({"no":"1","f":[)" + repeated(R"({"k":"a","v":{"w":1}})", count, ",") + "]}", [&](const reading& read) {
                     const auto& form = read.events.front().event->dossier().form();
                     ASSERT_EQ(form.size(), static_cast<int>(count));
                     EXPECT_EQ(form[form.size() - 1].value(), R"({"w":1})");
                     EXPECT_EQ(read.stats.unmapped_fields, 0U);
                 });
}

TEST(LinearCost, RowsThatAreJoinedPastOthersThatAreNot) {
    constexpr std::size_t others = 300'000;
    constexpr std::size_t count = 100'000;
    read_in_time(std::string(head) + "wire: {content_type: text/xml, format: xml, root: r/cases, join: {each: r/cases/row, key: k, with: "
                                     "r/files/row, match: k, as: file}}\n" +
                     "limits: {nodes: 1000000}\nmessages: {m: {each: row, event: CASE_SUBMITTED, fields: {case.source_case_no: k, dossier.materials: {each: file, "
                     "fields: {name: n, code: k}}}}}\n",
                 "<r><cases><row><k>1</k></row></cases><files>" + repeated("<x/>", others) + repeated("<row><k>1</k><n>a</n></row>", count) +
                     "</files></r>",
                 [&](const reading& read) {
                     ASSERT_EQ(read.events.size(), 1U);
                     EXPECT_EQ(read.events.front().event->dossier().materials_size(), static_cast<int>(count));
                 });
}

// The second join's rows stand before the first's.
TEST(LinearCost, PlacesOfRowsOfTwoJoins) {
    const auto d = made(std::string(head) +
                        "wire: {content_type: text/xml, format: xml, root: r/cases, join: [{each: r/cases/row, key: k, with: r/b/row, "
                        "match: k, as: b}, {each: r/cases/row, key: k, with: r/a/row, match: k, as: a}]}\n"
                        "messages: {m: {each: row, event: CASE_SUBMITTED, fields: {case.source_case_no: k, dossier.materials: [{each: a, "
                        "fields: {copies: {from: n, do: number}}}, {each: b, fields: {copies: {from: n, do: number}}}]}}}\n");
    google::protobuf::Arena arena;
    const std::string rows = "<row><k>1</k><n>x</n></row><row><k>2</k><n>3</n></row><row><k>1</k><n>y</n></row>";
    const auto read = d->read({"", "<r><a>" + rows + "</a><b>" + rows + "</b><cases><row><k>1</k></row><row><k>2</k></row></cases></r>"}, arena);
    ASSERT_TRUE(read) << read.error().message_en;
    ASSERT_EQ(read->events.size(), 2U);
    std::string places;
    for (const auto& fault : read->events.front().violations) {
        places += fault.source_path() + "\n";
    }
    EXPECT_EQ(places, "/r/cases/row[1]/a[1]/n\n/r/cases/row[1]/a[2]/n\n/r/cases/row[1]/b[1]/n\n/r/cases/row[1]/b[2]/n\n");
}

// From below to a sibling that stands behind all of them, or nowhere.
TEST(LinearCost, PathsThatLeadOutOfManyRows) {
    constexpr std::size_t count = 95'000;
    for (const std::string path : {"../late", "~/r/late", "/late[1]", "../absent"}) {
        const bool there = path != "../absent";
        read_in_time(std::string(head) + "wire: {content_type: text/xml, format: xml, root: r}\n" +
                         "messages: {m: {event: CASE_SUBMITTED, fields: {case.source_case_no: no, dossier.materials: {each: m, fields: {name: "
                         "n, code: '" +
                         path + "'}}}}}\n",
                     "<r>" + repeated("<m><n>1</n></m>", count) + "<late>7</late></r>", [&](const reading& read) {
                         const auto& materials = read.events.front().event->dossier().materials();
                         ASSERT_EQ(materials.size(), static_cast<int>(count));
                         EXPECT_EQ(materials[94'999].code(), there ? "7" : "") << path;
                     });
    }
}

// A text or a list beside the rows is taken by each row: what fits in one message would be gigabytes.
TEST(LinearCost, WhatStandsBesideManyRowsIsBounded) {
    const std::string wire = "wire: {content_type: text/xml, format: xml, root: r}\n";
    const std::string rows = repeated("<m><n>1</n></m>", 5000);
    const auto d = made(std::string(head) + wire +
                        "messages: {m: {each: m, event: CASE_SUBMITTED, fields: {case.source_case_no: n, dossier.title: ../long, "
                        "dossier.materials: {each: ~/r/f, fields: {name: .}}}}}\n");
    const auto split = made(std::string(head) + wire +
                            "messages: {m: {each: m, event: CASE_SUBMITTED, fields: {case.source_case_no: n, dossier.materials: {each: "
                            "../long, split: ',', fields: {name: .}}}}}\n");
    const auto answer = [&](const dialect& by, const std::string& beside) {
        google::protobuf::Arena arena;
        const auto begin = std::clock();
        const auto read = by.read({"", "<r>" + rows + beside + "</r>"}, arena);
        EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 3);
        return read ? std::to_string(read->events.size()) : read.error().message_en;
    };
    const std::string refused =
        "read, the message grows by more than 33554432 bytes: what stands beside the rows is taken by each of them";
    EXPECT_EQ(answer(*d, "<long>" + std::string(4000, 'x') + "</long>" + repeated("<f>表</f>", 20)), "5000");
    EXPECT_EQ(answer(*d, "<long>" + std::string(1'000'000, 'x') + "</long>"), refused);
    EXPECT_EQ(answer(*d, repeated("<f>表</f>", 10'000)), refused);
    const auto asked = made(std::string(head) + wire +
                            "messages: {m: {each: m, events: [{event: CASE_SUBMITTED, when: {not: {../long: x}}, fields: "
                            "{case.source_case_no: n}}]}}\n");
    EXPECT_EQ(answer(*asked, "<long>y" + std::string(4000, ' ') + "</long>"), "5000");
    EXPECT_EQ(answer(*asked, "<long>y" + std::string(1'000'000, ' ') + "</long>"), refused);
    EXPECT_EQ(answer(*split, "<long>a,b,c</long>"), "5000");
    EXPECT_EQ(answer(*split, "<long>" + repeated("a,", 100) + "</long>"), "more fields than the limit of 200000") << "never a list cut short";
}

// Each row asks from its own parent.
TEST(LinearCost, PathsThatLeadToDifferentPlaces) {
    read_in_time(std::string(head) + "wire: {content_type: text/xml, format: xml, root: r}\n" +
                     "messages: {m: {each: g/m, event: CASE_SUBMITTED, fields: {case.source_case_no: ../no, case.dest_case_no: n}}}\n",
                 "<r><g><m><n>1</n></m><m><n>2</n></m><no>A</no></g><g><m><n>3</n></m></g><g><m><n>4</n></m><no>C</no></g></r>",
                 [&](const reading& read) {
                     std::string all;
                     for (const auto& one : read.events) {
                         all += one.event->case_().source_case_no() + one.event->case_().dest_case_no() + " ";
                     }
                     EXPECT_EQ(all, "A1 A2 3 C4 ");
                 });
}

TEST(LinearCost, AFormOfManyNamesIsWritten) {
    const auto d = made(std::string(head) +
                        "wire: {content_type: application/json, format: json}\n"
                        "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no, dossier.form: {each: 'f/*', fields: {name: "
                        "name(), value: .}}}}}\n");
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_accepted();
    for (int i = 0; i < 90'000; ++i) {
        auto& field = *event.mutable_dossier()->add_form();
        field.set_name("n" + std::to_string(i));
        field.set_value("v");
    }
    EXPECT_LT(cpu_seconds([&] { lossless(*d, event); }), enough);
}

} // namespace
} // namespace tongban::dialects::testing
