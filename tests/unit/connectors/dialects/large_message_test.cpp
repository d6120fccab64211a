// What a sender may send at most is read in a time that grows with its length, not with its square: reading is on an I/O
// thread. The bound is far above what a linear reader needs, and far below what one that compares all with all does.
#include "connectors/dialects/charset.hpp"
#include "connectors/dialects/key_set.hpp"
#include "connectors/dialects/readers.hpp"
#include "connectors/dialects/writer.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <ctime>
#include <random>

namespace tongban::dialects::testing {
namespace {

template <class Work>
double cpu_seconds(Work work) {
    const auto begin = std::clock();
    work();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

constexpr double enough = 6;

std::shared_ptr<const dialect> reader_of(const std::string& wire, const std::string& more = "") {
    return made("dialect: t\nversion: '1'\nwire: " + wire + "\n" + more +
                "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
}

const std::string form_wire = "{content_type: application/x-www-form-urlencoded, format: form}";
const std::string xml_wire = "{content_type: text/xml, format: xml, root: r}";
const std::string namespaces = "namespaces: {a: 'urn:a'}\n";

TEST(LargeMessage, AFormOfManyFields) {
    std::string body = "no=1";
    for (int i = 0; i < 190'000; ++i) {
        body += "&f" + std::to_string(i);
    }
    const auto d = reader_of(form_wire);
    google::protobuf::Arena arena;
    EXPECT_LT(cpu_seconds([&] { EXPECT_TRUE(d->read({"", body}, arena)); }), enough);
    for (const std::string again : {"no", "f0", "f189999"}) {
        const auto read = d->read({"", body + "&" + again + "=x"}, arena);
        ASSERT_FALSE(read) << again;
        EXPECT_EQ(read.error().message_en, "duplicate form field");
        EXPECT_EQ(read.error().place, again);
    }
}

// What stands beside the rows is looked for by each of them; where it leads is found once.
TEST(LargeMessage, ManyRowsThatLookForWhatIsNotThere) {
    const auto d = made("dialect: t\nversion: '1'\nwire: " + xml_wire +
                        "\nmessages: {m: {each: row, event: CASE_ACCEPTED, fields: {case.source_case_no: no, "
                        "body.owed: {each: ../head/part/material, fields: {name: name}}, "
                        "dossier.materials: {each: ../head/part/m, fields: {name: n}}, "
                        "dossier.certificates: {each: ../head/part/c, fields: {name: n}}}}}\n");
    std::string body = "<r><head>";
    for (int i = 0; i < 180'000; ++i) {
        body += "<part/>";
    }
    const auto with = [&](const std::string& last) {
        std::string text = body + last + "</head>";
        for (int i = 0; i < 4'900; ++i) {
            text += "<row><no>" + std::to_string(i) + "</no></row>";
        }
        return text + "</r>";
    };
    google::protobuf::Arena arena;
    for (const int materials : {0, 1}) {
        const auto text = with(materials == 0 ? "" : "<part><material><name>户口簿</name></material></part>");
        EXPECT_LT(cpu_seconds([&] {
                      const auto read = d->read({"", text}, arena);
                      ASSERT_TRUE(read) << read.error().message_en;
                      ASSERT_EQ(read->events.size(), 4'900U);
                      for (const auto& each : {read->events.front(), read->events.back()}) {
                          EXPECT_EQ(each.event->case_accepted().owed_size(), materials);
                      }
                  }),
                  enough);
    }
}

// Beside what the sender calls them: a name that stands there already is not taken twice by a form inside a text.
TEST(LargeMessage, AFormInsideAnElementHasItsOwnFields) {
    const auto d = reader_of("{content_type: text/xml, format: xml, embed: {at: r/data, as: form}, root: r/data}");
    google::protobuf::Arena arena;
    EXPECT_TRUE(d->read({"", "<r><data><x/>no=1<x/></data></r>"}, arena)) << "what stood twice before is no field";
    EXPECT_FALSE(d->read({"", "<r><data>no=1&amp;no=2</data></r>"}, arena));
}

TEST(LargeMessage, AnElementHasAThousandAttributesAtMost) {
    const auto d = reader_of(xml_wire);
    google::protobuf::Arena arena;
    const auto body = [](int count, const std::string& more = "") {
        std::string text = "<r><no>1</no><e";
        for (int i = 0; i < count; ++i) {
            text += " a" + std::to_string(i) + "=''";
        }
        return text + more + "/></r>";
    };
    EXPECT_TRUE(d->read({"", body(1000)}, arena));
    const auto many = d->read({"", body(1001)}, arena);
    ASSERT_FALSE(many);
    EXPECT_EQ(static_cast<errc>(many.error().code.value()), errc::too_large);
    EXPECT_EQ(many.error().place, "/r/e");
    EXPECT_EQ(many.error().message_zh, "XML 元素的属性数超过上限 1000");
    EXPECT_EQ(many.error().message_en, "an XML element with more attributes than the limit of 1000");
    for (const int count : {2, 9, 900}) {
        const auto twice = d->read({"", body(count, " a1='x'")}, arena);
        ASSERT_FALSE(twice) << count;
        EXPECT_EQ(twice.error().message_en, "duplicate XML attribute");
        EXPECT_EQ(twice.error().place, "/r/e/@a1");
    }
}

TEST(LargeMessage, NamespacesInForceHaveABound) {
    const auto d = reader_of(xml_wire, namespaces);
    google::protobuf::Arena arena;
    const auto declared = [](const std::string& tag, int count) {
        std::string text = "<" + tag;
        for (int i = 0; i < count; ++i) {
            text += " xmlns:p" + std::to_string(i) + "='u'";
        }
        return text + ">";
    };
    EXPECT_TRUE(d->read({"", declared("r", 200) + declared("e", 56) + "</e>" + declared("e", 56) + "</e><no>1</no></r>"}, arena))
        << "what an element declared ends with it";
    const auto many = d->read({"", declared("r", 200) + "\n" + declared("e", 57) + "</e><no>1</no></r>"}, arena);
    ASSERT_FALSE(many);
    EXPECT_EQ(static_cast<errc>(many.error().code.value()), errc::too_large);
    EXPECT_TRUE(many.error().place.starts_with("line 2 ")) << many.error().place;
    EXPECT_EQ(many.error().message_zh, "同时生效的 XML 命名空间声明数超过上限 256");
    EXPECT_EQ(many.error().message_en, "more XML namespace declarations in force than the limit of 256");
}

// Two words of eight bytes: the second is chosen so that the hash of both ends in the same bits, as a sender could.
TEST(LargeMessage, NamesMadeToCollideAreStillToldApart) {
    constexpr std::size_t count = 100'000;
    constexpr std::uint64_t factor = 0xFF51AFD7ED558CCDULL;
    std::uint64_t inverse = factor;
    for (int i = 0; i < 6; ++i) {
        inverse *= 2 - factor * inverse;
    }
    std::mt19937_64 random(7);
    std::vector<std::string> names;
    while (names.size() < count) {
        std::array<char, 16> bytes{};
        std::snprintf(bytes.data(), 9, "%08zu", names.size());
        std::uint64_t first = 0;
        std::memcpy(&first, bytes.data(), 8);
        std::uint64_t h = ((0x9E3779B97F4A7C15ULL ^ 16) ^ first) * factor;
        h ^= h >> 32;
        const auto high = random() & ~((1ULL << 29) - 1);
        const auto second = h ^ ((high | (high >> 29 & ((1ULL << 29) - 1))) * inverse);
        std::memcpy(bytes.data() + 8, &second, 8);
        names.emplace_back(bytes.data(), bytes.size());
        ASSERT_EQ(name_hash(names.back()) & 0x3FFFF, 0U);
    }
    const name_table known;
    document doc;
    doc.clear(known, {});
    for (const auto& name : names) {
        doc.add(0, name, node_kind::text);
    }
    key_set keys;
    EXPECT_LT(cpu_seconds([&] { EXPECT_EQ(keys.repeated(doc, 0), no_node); }), enough);
    const auto twice = doc.add(0, names[50'000], node_kind::text);
    EXPECT_EQ(keys.repeated(doc, 0), twice);
    EXPECT_EQ(keys.repeated(doc, 0, twice + 1), no_node);
}

TEST(LargeMessage, AHeaderOfAPartThatIsAllSemicolons) {
    const std::string line(2'000'000, ';');
    EXPECT_LT(cpu_seconds([&] { EXPECT_EQ(content_type_parameter(line, "name"), ""); }), enough);
    EXPECT_EQ(content_type_parameter(line + "; Name = \"a;b\" ; x", "name"), "a;b");
}

TEST(LargeMessage, ParametersOfAContentType) {
    const auto of = content_type_parameter;
    EXPECT_EQ(of("text/xml; charset=GB18030", "charset"), "GB18030");
    EXPECT_EQ(of("text/xml;CharSet = \"utf-8\" ;x=1", "charset"), "utf-8");
    EXPECT_EQ(of("text/xml; a; b=; charset=x ; y", "charset"), "x");
    EXPECT_EQ(of("form-data; name=\"x; filename=y\"; filename=\"z\"", "filename"), "z") << "what is quoted is no parameter";
    EXPECT_EQ(of("form-data; name=\"\"; filename=\"z", "filename"), "z");
    EXPECT_EQ(of("form-data; name=\"\"; filename=\"z", "name"), "");
    EXPECT_EQ(of("text/xml", "charset"), "");
    EXPECT_EQ(of("charset=x", "charset"), "");
    EXPECT_EQ(of("text/xml; charset", "charset"), "");
}

TEST(LargeMessage, ATextOfNothingThatTheCharsetHas) {
    std::string text;
    std::string escaped;
    for (int i = 0; i < 1'000'000; ++i) {
        text += "䶮";
        escaped += "\\u4dae";
    }
    std::string out;
    EXPECT_LT(cpu_seconds([&] { EXPECT_EQ(from_utf8(charset::gbk, text, out), 1'000'000U); }), enough);
    EXPECT_LT(cpu_seconds([&] { escape_lacking(charset::gbk, escape_style::json, text); }), enough);
    EXPECT_EQ(text, escaped);
}

// Many small files that are large together.
TEST(LargeMessage, WhatIsInflatedIsBoundedTogether) {
    const auto d = reader_of("{content_type: text/xml, format: xml, root: r, embed: {at: r/f, as: [base64, gzip, json]}}",
                             "limits: {inflated_bytes: 2000}\n");
    std::string file = "\"" + std::string(598, ' ') + "\"";
    encode({{codec_kind::base64, {}}, {codec_kind::gzip, {}}}, file);
    const auto with = [&](int count) {
        std::string body = "<r><no>1</no>";
        for (int i = 0; i < count; ++i) {
            body += "<f>" + file + "</f>";
        }
        return body + "</r>";
    };
    google::protobuf::Arena arena;
    EXPECT_TRUE(d->read({"", with(3)}, arena));
    const auto many = d->read({"", with(4)}, arena);
    ASSERT_FALSE(many);
    EXPECT_EQ(static_cast<errc>(many.error().code.value()), errc::too_large);
    EXPECT_EQ(many.error().message_zh, "报文解压后合计超过上限 2000 字节");
    EXPECT_EQ(many.error().message_en, "the message's compressed texts are larger than the limit of 2000 bytes together");
    EXPECT_TRUE(d->read({"", with(3)}, arena)) << "each message has its own bound";
}

} // namespace
} // namespace tongban::dialects::testing
