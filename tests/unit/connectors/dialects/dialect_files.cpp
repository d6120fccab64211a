// Loading of dialects and samples.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace tongban::dialects::testing {

std::string file_text(const std::string& path) {
    std::ifstream in(std::string(TONGBAN_SOURCE_DIR) + "/" + path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string sample(const std::string& name) {
    return file_text("examples/five-cities/messages/" + name);
}

std::string expected_text() {
    return file_text("tests/payloads/EXPECTED.json");
}

std::shared_ptr<const dialect> city(const std::string& name) {
    static std::map<std::string, std::shared_ptr<const dialect>> loaded;
    auto& one = loaded[name];
    if (!one) {
        auto result = load_dialect(std::string(TONGBAN_SOURCE_DIR) + "/examples/five-cities/dialects/" +
                                   name + ".yaml");
        for (const auto& m : result.mistakes) {
            ADD_FAILURE() << m.file << ':' << m.line << ':' << m.column << ": " << m.field << ": "
                          << m.message.en;
        }
        one = result.loaded;
    }
    return one;
}

std::string city_of(const std::string& sample_name) {
    std::string name = sample_name.substr(0, sample_name.find('-'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return sample_name.ends_with(".csv") ? name + "-batch" : name;
}

const std::vector<std::string>& city_names() {
    static const std::vector<std::string> names{"jining", "qingdao", "changzhi",
                                                "hexi",   "xuzhou",  "xuzhou-batch"};
    return names;
}

std::vector<std::string> sample_names() {
    std::vector<std::string> names;
    const auto all = boost::json::parse(expected_text());
    for (const auto& [name, expected] : all.as_object()) {
        names.emplace_back(name);
    }
    return names;
}

std::string content_type_of(const std::string& sample_name) {
    return sample_name.ends_with(".json")  ? "application/json"
           : sample_name.ends_with(".csv") ? "text/csv; charset=GB18030"
           : sample_name.ends_with(".txt") ? "application/x-www-form-urlencoded"
                                           : "text/xml";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::shared_ptr<const dialect> made(const std::string& yaml) {
    auto result = load_dialect_text(yaml, "test.yaml");
    for (const auto& m : result.mistakes) {
        if (!m.warning) {
            ADD_FAILURE() << m.file << ':' << m.line << ':' << m.column << ": " << m.field << ": "
                          << m.message.en;
        }
    }
    return result.loaded;
}

std::string mistakes_of(const std::string& yaml) {
    std::string all;
    for (const auto& m : load_dialect_text(yaml, "test.yaml").mistakes) {
        all += m.file + ':' + std::to_string(m.line) + ':' + std::to_string(m.column) + ": " + m.field +
               ": " + (m.warning ? "warning: " : "") + m.message.en + '\n';
        const bool chinese = std::any_of(m.message.zh.begin(), m.message.zh.end(),
                                         [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        EXPECT_TRUE(chinese) << "in one language only: " << m.text();
    }
    return all;
}

std::vector<v1::CaseEvent> events_of(const dialect& d, const std::string& body,
                                     const std::string& content_type) {
    google::protobuf::Arena arena;
    const auto read = d.read({content_type, body}, arena);
    std::vector<v1::CaseEvent> events;
    if (!read) {
        ADD_FAILURE() << read.error().code.message() << " at " << read.error().place << ": "
                      << read.error().message_en;
        return events;
    }
    for (const auto& one : read->events) {
        for (const auto& v : one.violations) {
            ADD_FAILURE() << v.source_path() << " → " << v.field() << ": " << v.rule() << ": "
                          << v.message_en();
        }
        events.push_back(*one.event);
    }
    return events;
}

std::string lossless(const dialect& d, const v1::CaseEvent& event) {
    const v1::CaseEvent* one = &event;
    const auto out = d.write({&one, 1});
    if (!out) {
        ADD_FAILURE() << out.error().message_en;
        return {};
    }
    for (const auto& lost : out->lost) {
        ADD_FAILURE() << lost.field() << ": " << lost.message_en() << " in " << out->body;
    }
    return out->body;
}

} // namespace tongban::dialects::testing
