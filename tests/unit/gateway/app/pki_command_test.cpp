// The command as a user types it: what it prints, what it writes and how it exits.
#include "gateway/app/pki_command.hpp"

#include "security/certificate.hpp"
#include "security/partner_directory.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <sstream>

namespace tongban::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct outcome {
    int code;
    std::string out;
    std::string err;
};

class PkiCommand : public testing::Test {
protected:
    PkiCommand() {
        std::string pattern = (fs::temp_directory_path() / "pki-command-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~PkiCommand() override { fs::remove_all(folder_); }

    // As main does: a parse error is 2.
    outcome run(std::vector<std::string> words) const {
        words.insert(words.begin(), {"pki"});
        CLI::App app("test", "tongban");
        int code = -1;
        add_pki_commands(app, code);
        std::reverse(words.begin(), words.end());
        std::ostringstream out;
        std::ostringstream err;
        std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
        std::streambuf* const old_err = std::cerr.rdbuf(err.rdbuf());
        try {
            app.parse(words);
        } catch (const CLI::ParseError& e) {
            code = app.exit(e, out, err) == 0 ? 0 : 2;
        }
        std::cout.rdbuf(old_out);
        std::cerr.rdbuf(old_err);
        return {code, out.str(), err.str()};
    }
    std::string dir() const { return (folder_ / "ca").string(); }

    fs::path folder_;
};

TEST_F(PkiCommand, IssuesWhatThePartnerFilesOfTheExampleLookFor) {
    ASSERT_EQ(run({"init", "--dir", dir()}).code, 0);
    ASSERT_EQ(run({"issue", "platform", "jining-platform", "--region", "370800", "--dir", dir()}).code, 0);
    ASSERT_EQ(run({"issue", "window", "w1", "--region", "370800", "--window", "JN-01", "--dir", dir()}).code,
              0);
    const auto facts = security::facts_of(security::read_certificate(fs::path(dir()) / "w1.pem").get());
    EXPECT_EQ(facts.subject, "CN=w1,OU=370800,O=Tongban Dev");
    EXPECT_THAT(facts.san_uris, ElementsAre("tongban://370800/window/JN-01"));
    const auto platform =
        security::facts_of(security::read_certificate(fs::path(dir()) / "jining-platform.pem").get());
    EXPECT_THAT(platform.san_uris, ElementsAre("tongban://370800/platform"));
}

TEST_F(PkiCommand, ShowsEverythingIssuedAsATableAndAsJson) {
    run({"init", "--dir", dir()});
    run({"issue", "server", "gateway", "--dir", dir()});
    run({"issue", "operator", "ops", "--dir", dir(), "--not-after", "2026-01-31T08:00:00Z"});
    run({"issue", "operator", "gone", "--dir", dir()});
    const auto revoked = run({"revoke", "gone", "--dir", dir(), "--reason", "keyCompromise"});
    EXPECT_EQ(revoked.code, 0);
    EXPECT_THAT(revoked.out, HasSubstr("keyCompromise"));

    const auto table = run({"show", "--dir", dir()});
    EXPECT_EQ(table.code, 0);
    EXPECT_THAT(table.out, HasSubstr("localhost 127.0.0.1 ::1"));
    for (const char* state : {"有效 valid", "已过期 expired", "已吊销 revoked"}) {
        EXPECT_THAT(table.out, HasSubstr(state));
    }
    const auto shown = json::parse(run({"show", "--dir", dir(), "--json"}).out);
    std::vector<std::string> states;
    for (const json::value& row : shown.at("certificates").as_array())
        states.emplace_back(row.at("state").as_string());
    EXPECT_THAT(states, ElementsAre("valid", "expired", "revoked"));
    EXPECT_EQ(shown.at("certificates").at(1).at("not_after").as_string(), "2026-01-31T08:00:00Z");
    EXPECT_EQ(shown.at("certificates").at(2).at("reason").as_string(), "keyCompromise");
}

TEST_F(PkiCommand, ShowsTheFactsOfAFile) {
    run({"init", "--dir", dir()});
    run({"issue", "platform", "p", "--uri", "tongban://370200/platform", "--dir", dir()});
    const auto shown = run({"show", dir() + "/p.pem", "--json"});
    EXPECT_EQ(shown.code, 0);
    EXPECT_EQ(json::parse(shown.out).at("uris").at(0).as_string(), "tongban://370200/platform");
    EXPECT_THAT(run({"show", dir() + "/p.pem"}).out, HasSubstr("tongban://370200/platform"));
}

TEST_F(PkiCommand, FailureIsOneAndSaysWhatToMend) {
    const auto result = run({"issue", "server", "gateway", "--dir", dir()});
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.err, HasSubstr("tongban pki init"));
    EXPECT_TRUE(result.out.empty());
}

TEST_F(PkiCommand, WrongUseIsTwo) {
    run({"init", "--dir", dir()});
    EXPECT_EQ(run({}).code, 2);
    EXPECT_EQ(run({"issue", "--dir", dir()}).code, 2);
    EXPECT_EQ(run({"issue", "mayor", "x", "--dir", dir()}).code, 2);
    EXPECT_EQ(run({"issue", "server", "x", "--days", "0", "--dir", dir()}).code, 2);
    EXPECT_EQ(run({"issue", "server", "x", "--not-after", "tomorrow", "--dir", dir()}).code, 2);
    EXPECT_EQ(run({"revoke", "x", "--reason", "boredom", "--dir", dir()}).code, 2);
    const auto windowless = run({"issue", "window", "w", "--dir", dir()});
    EXPECT_EQ(windowless.code, 2);
    EXPECT_THAT(windowless.err, HasSubstr("--region"));
    for (const char* region : {"37", "3708000", "37080x", ""}) {
        EXPECT_EQ(run({"issue", "window", "w", "--region", region, "--dir", dir()}).code, 2) << region;
    }
}

TEST_F(PkiCommand, HelpShowsAnExampleAndTheExitCodes) {
    for (const char* command : {"init", "issue", "revoke", "show"}) {
        const auto help = run({command, "--help"});
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_THAT(help.out, HasSubstr(std::string("tongban pki ") + command));
        EXPECT_THAT(help.out, HasSubstr("Exit codes: 0"));
    }
}

} // namespace
} // namespace tongban::app
