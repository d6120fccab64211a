// Every bound of every setting, mistakes told together, and the reference in docs/ that cannot drift.
#include "gateway/app/configuration.hpp"
#include "gateway/app/configuration_settings.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace tongban::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tongban::testing::in_english;

class Configuration : public ::testing::Test {
protected:
    Configuration() {
        std::string pattern = (fs::temp_directory_path() / "configuration-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        for (const char* folder : {"partners", "dialects", "pki"})
            fs::create_directory(folder_ / folder);
        for (const char* file : {"pki/gateway.pem", "pki/gateway.key", "pki/ca.pem", "pki/crl.pem", "items.yaml", "agreements.yaml"})
            std::ofstream(folder_ / file) << "x";
    }
    ~Configuration() override { fs::remove_all(folder_); }

    configuration_result parse(const std::string& text) const {
        return parse_configuration(text, folder_ / "tongban.yaml");
    }
    // Mistakes without the file's name: "line:column: field: English", or "field: English" for the whole
    // file.
    std::vector<std::string> mistakes(const std::string& text) const {
        std::vector<std::string> out;
        const std::string file = (folder_ / "tongban.yaml").string() + ":";
        for (std::string line : in_english(parse(text).mistakes))
            out.push_back(line.substr(file.size() + (line[file.size()] == ' ' ? 1 : 0)));
        return out;
    }

    fs::path folder_;
    const std::string tls_ =
        "  tls: {certificate: pki/gateway.pem, key: pki/gateway.key, client_ca: pki/ca.pem}\n";
    const std::string least_ = "gateway:\n" + tls_;
};

// A file with one key set ("gateway.port" → nested mappings), besides what is required.
std::string with(const std::string& key, const std::string& value) {
    std::string text =
        "gateway:\n  tls: {certificate: pki/gateway.pem, key: pki/gateway.key, client_ca: pki/ca.pem}\n";
    if (key.starts_with("gateway.tls."))
        return "gateway:\n  tls: {" + key.substr(12) + ": " + value + "}\n";
    if (key.starts_with("gateway."))
        return text + "  " + key.substr(8) + ": " + value + "\n";
    std::string indent;
    std::istringstream parts(key);
    for (std::string part; std::getline(parts, part, '.'); indent += "  ")
        text += indent + part + (parts.eof() ? ": " + value + "\n" : ":\n");
    return text;
}

TEST_F(Configuration, LeastFileGivesTheDefaults) {
    const auto result = parse(least_);
    ASSERT_THAT(in_english(result.mistakes), IsEmpty());
    const gateway_settings& g = result.value->gateway;
    EXPECT_EQ(g.gateway.address, "127.0.0.1");
    EXPECT_EQ(g.gateway.port, 8443);
    EXPECT_TRUE(g.gateway.mutual_tls);
    EXPECT_EQ(g.gateway.name, "gateway");
    EXPECT_EQ(g.operations.name, "operations");
    EXPECT_EQ(g.operations.port, 9443);
    EXPECT_FALSE(g.operations.mutual_tls);
    EXPECT_FALSE(g.operations_tls.has_value());
    EXPECT_EQ(std::get<log::embedded_settings>(g.ledger_log).directory, folder_ / "data/ledger");
    EXPECT_EQ(g.view.directory, folder_ / "data/view");
    EXPECT_EQ(g.partners_folder, folder_ / "partners");
    EXPECT_EQ(g.dialects_folder, folder_ / "dialects");
    EXPECT_EQ(g.tls.certificate_file, folder_ / "pki/gateway.pem");
    EXPECT_TRUE(g.tls.crl_file.empty());
    EXPECT_EQ(result.value->log_level, monitoring::severity::info);
}

TEST_F(Configuration, EverySettingReachesItsPart) {
    const auto result = parse(R"(
gateway:
  address: 0.0.0.0
  port: 18443
  tls: {certificate: pki/gateway.pem, key: pki/gateway.key, client_ca: pki/ca.pem, crl: pki/crl.pem}
  threads: 3
  connections_max: 11
  handshakes_max: 12
  header_bytes_max: 8KiB
  body_bytes_max: 2MiB
  handshake_timeout: 1s
  header_timeout: 2s
  body_timeout: 3s
  idle_timeout: 4s
  write_timeout: 5s
  request_timeout: 6s
operations: {address: 0.0.0.0, port: 19443, mutual_tls: true}
ledger:
  kind: kafka
  record_bytes_max: 1MiB
  backlog_records_max: 13
  backlog_bytes_max: 3MiB
  embedded: {directory: /somewhere, partitions: 4}
  kafka:
    bootstrap: "a:9092,[::1]:9093"
    topic: t.v1
    partitions: 5
    create_topic: true
    replication_factor: 2
    min_insync_replicas: 1
    tls: {ca: pki/ca.pem, certificate: pki/gateway.pem, key: pki/gateway.key}
    message_timeout: 7m
view: {directory: v, flush_interval: 8s, memtable_bytes: 9MiB, cache_bytes: 10MiB}
partners: ./partners
dialects: dialects
catalogue: {items: items.yaml, agreements: agreements.yaml}
window: {lease_default: 11m, lease_max: 12h, wait_max: 13s}
limits: {waiting_max: 14, events_max: 15}
log_level: warning
drain_timeout: 16s
)");
    ASSERT_THAT(in_english(result.mistakes), IsEmpty());
    const gateway_settings& g = result.value->gateway;
    EXPECT_EQ(g.gateway.address, "0.0.0.0");
    EXPECT_EQ(g.gateway.port, 18443);
    EXPECT_EQ(g.tls.crl_file, folder_ / "pki/crl.pem");
    EXPECT_EQ(g.gateway.threads, 3U);
    EXPECT_EQ(g.gateway.connections_max, 11U);
    EXPECT_EQ(g.gateway.handshakes_max, 12U);
    EXPECT_EQ(g.gateway.header_bytes_max, 8192U);
    EXPECT_EQ(g.gateway.body_bytes_max, 2U << 20);
    EXPECT_EQ(g.gateway.handshake_timeout, 1s);
    EXPECT_EQ(g.gateway.header_timeout, 2s);
    EXPECT_EQ(g.gateway.body_timeout, 3s);
    EXPECT_EQ(g.gateway.idle_timeout, 4s);
    EXPECT_EQ(g.gateway.write_timeout, 5s);
    EXPECT_EQ(g.gateway.request_timeout, 6s);
    EXPECT_EQ(g.operations.address, "0.0.0.0");
    EXPECT_EQ(g.operations.port, 19443);
    EXPECT_TRUE(g.operations.mutual_tls);
    ASSERT_TRUE(g.operations_tls.has_value());
    EXPECT_EQ(g.operations_tls->certificate_file, g.tls.certificate_file);
    const auto& k = std::get<log::kafka_settings>(g.ledger_log);
    EXPECT_EQ(k.bootstrap, "a:9092,[::1]:9093");
    EXPECT_EQ(k.topic, "t.v1");
    EXPECT_EQ(k.partitions, 5U);
    EXPECT_TRUE(k.create_topic);
    EXPECT_EQ(k.replication_factor, 2U);
    EXPECT_EQ(k.min_insync_replicas, 1U);
    EXPECT_EQ(k.tls.ca, folder_ / "pki/ca.pem");
    EXPECT_EQ(k.tls.certificate, folder_ / "pki/gateway.pem");
    EXPECT_EQ(k.tls.key, folder_ / "pki/gateway.key");
    EXPECT_EQ(k.message_timeout, 7min);
    EXPECT_EQ(k.record_bytes_max, 1U << 20);
    EXPECT_EQ(k.backlog_records_max, 13U);
    EXPECT_EQ(k.backlog_bytes_max, 3U << 20);
    EXPECT_EQ(g.view.directory, folder_ / "v");
    EXPECT_EQ(g.ledger.flush_interval, 8s);
    EXPECT_EQ(g.view.memtable_bytes, 9U << 20);
    EXPECT_EQ(g.view.cache_bytes, 10U << 20);
    EXPECT_EQ(g.partners_folder, folder_ / "partners");
    EXPECT_EQ(g.catalogue.items, folder_ / "items.yaml");
    EXPECT_EQ(g.catalogue.agreements, folder_ / "agreements.yaml");
    EXPECT_EQ(g.windows.lease_default, 11min);
    EXPECT_EQ(g.windows.lease_max, 12h);
    EXPECT_EQ(g.windows.wait_max, 13s);
    EXPECT_EQ(g.ledger.waiting_max, 14U);
    EXPECT_EQ(g.intake.events_max, 15U);
    EXPECT_EQ(result.value->log_level, monitoring::severity::warning);
    EXPECT_EQ(g.drain_timeout, 16s);
}

TEST_F(Configuration, EmbeddedLedgerTakesTheBoundsOfTheLedger) {
    const auto result =
        parse(least_ + "ledger: {record_bytes_max: 1MiB, backlog_records_max: 7, backlog_bytes_max: 2MiB,"
                       " embedded: {directory: l, partitions: 3}}\n");
    ASSERT_THAT(in_english(result.mistakes), IsEmpty());
    const auto& e = std::get<log::embedded_settings>(result.value->gateway.ledger_log);
    EXPECT_EQ(e.directory, folder_ / "l");
    EXPECT_EQ(e.partitions, 3U);
    EXPECT_EQ(e.record_bytes_max, 1U << 20);
    EXPECT_EQ(e.backlog_records_max, 7U);
    EXPECT_EQ(e.backlog_bytes_max, 2U << 20);
}

// "1 to 9" or "64KiB to 4GiB": the two ends as they would be written.
std::pair<std::string, std::string> ends_of(const std::string& range) {
    const std::size_t to = range.find(" to ");
    return {range.substr(0, to), range.substr(to + 4)};
}

// One below and one above, in the unit of the type; a bound of 0 has nothing below.
std::vector<std::string> outside(const setting_description& s) {
    const auto [low, high] = ends_of(s.range);
    if (s.type == "duration")
        return {write_duration(*parse_duration(low) - 1ms), write_duration(*parse_duration(high) + 1ms)};
    if (s.type == "size")
        return {write_size(*parse_size(low) - 1), write_size(*parse_size(high) + 1)};
    std::vector<std::string> out{std::to_string(std::stoull(high) + 1)};
    if (low != "0")
        out.push_back(std::to_string(std::stoull(low) - 1));
    return out;
}

TEST_F(Configuration, EveryBoundHoldsAtBothEnds) {
    int checked = 0;
    for (const setting_description& s : configuration_settings()) {
        if (s.type != "integer" && s.type != "duration" && s.type != "size")
            continue;
        ++checked;
        const auto [low, high] = ends_of(s.range);
        for (const std::string& value : {low, high})
            for (const std::string& mistake : mistakes(with(s.key, value)))
                EXPECT_THAT(mistake, ::testing::Not(HasSubstr("must be"))) << s.key << ": " << value;
        for (const std::string& value : outside(s))
            EXPECT_THAT(mistakes(with(s.key, value)), Contains(HasSubstr(s.key + ": must be")))
                << s.key << ": " << value;
    }
    EXPECT_GT(checked, 25);
}

TEST_F(Configuration, WrongTypesAreToldForEverySetting) {
    for (const setting_description& s : configuration_settings()) {
        EXPECT_THAT(mistakes(with(s.key, "[1, 2]")), Contains(HasSubstr(s.key + ": must be one value")))
            << s.key;
        EXPECT_THAT(mistakes(with(s.key, "")), Contains(HasSubstr(s.key + ": has no value"))) << s.key;
        if (s.type == "file" || s.type == "folder")
            continue;
        EXPECT_THAT(mistakes(with(s.key, "\"no such: thing/\"")), Contains(HasSubstr(s.key + ": must be")))
            << s.key;
    }
}

TEST_F(Configuration, ManyMistakesAreToldAtOnceWithTheirPlaces) {
    EXPECT_THAT(
        mistakes("gateway:\n"
                 "  port: 70000\n"
                 "  prot: 1\n"
                 "  body_timeout: 30\n"
                 "  tls: {certificate: pki/none.pem, key: pki/gateway.key}\n"
                 "ledger: {kind: oracle}\n"
                 "windows: {}\n"
                 "log_level: info\n"
                 "log_level: debug\n"
                 "view: yes\n"
                 "partners: nowhere\n"),
        ElementsAre(
            "2:9: gateway.port: must be a whole number, 0 to 65535",
            "3:3: gateway.prot: unknown key; did you mean port?",
            "4:17: gateway.body_timeout: must be a number with its unit (ms, s, m, h, d), 100ms to 10m",
            "5:8: gateway.tls.client_ca: missing: Who may have issued a client's certificate, PEM.",
            "5:22: gateway.tls.certificate: no such file: " + (folder_ / "pki/none.pem").string(),
            "6:16: ledger.kind: must be one of embedded, kafka",
            "7:1: windows: unknown key; did you mean window?", "9:1: log_level: given twice",
            "10:7: view: must be a mapping",
            "11:11: partners: no such folder: " + (folder_ / "nowhere").string()));
}

TEST_F(Configuration, RequiredSettingsAreToldOneByOne) {
    EXPECT_THAT(
        mistakes("log_level: info\n"),
        ElementsAre("1:1: gateway.tls.certificate: missing: The gateway's certificate with its chain, PEM.",
                    "1:1: gateway.tls.key: missing: Its key, PEM without a password.",
                    "1:1: gateway.tls.client_ca: missing: Who may have issued a client's certificate, PEM."));
    EXPECT_THAT(mistakes("gateway: {port: 1}\n"), ::testing::SizeIs(3));
    EXPECT_THAT(mistakes("[1]"), ElementsAre("1:1: must be a mapping"));
    EXPECT_THAT(mistakes(""), ElementsAre("is empty"));
}

struct together_row {
    const char* name;
    std::string text;
    std::string mistake;
};

class Together : public Configuration, public ::testing::WithParamInterface<together_row> {};

TEST_P(Together, SettingsThatContradictAreRefused) {
    EXPECT_THAT(mistakes(least_ + GetParam().text), ElementsAre(GetParam().mistake));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Together,
    ::testing::Values(
        together_row{"lease", "window: {lease_default: 2h, lease_max: 1h}\n",
                     "3:25: window.lease_default: is longer than window.lease_max"},
        together_row{"nobody_is_asked", "automatic: {answer_within: 5s}\n",
                     "3:28: automatic.answer_within: is as long as gateway.request_timeout: nobody would be asked"},
        together_row{
            "open_operations", "operations: {address: 0.0.0.0}\n",
            "3:23: operations.address: is not loopback: set operations.mutual_tls, or anyone could look"},
        together_row{"one_port", "operations: {port: 8443}\n",
                     "3:20: operations.port: is the port of the gateway"},
        together_row{"one_folder", "view: {directory: x}\nledger: {embedded: {directory: ./y/../x}}\n",
                     "3:19: view.directory: is the folder of the embedded ledger"},
        together_row{"kafka_without_brokers", "ledger: {kind: kafka}\n",
                     "ledger.kafka.bootstrap: missing: ledger.kind is kafka"},
        together_row{"more_in_sync_than_there_are",
                     "ledger: {kind: kafka, kafka: {bootstrap: \"a:1\", replication_factor: 1}}\n",
                     "ledger.kafka.min_insync_replicas: is more than ledger.kafka.replication_factor"},
        together_row{"certificate_without_key",
                     "ledger: {kind: kafka, kafka: {bootstrap: \"a:1\", tls: {ca: pki/ca.pem, certificate: "
                     "pki/gateway.pem}}}\n",
                     "3:84: ledger.kafka.tls.certificate: certificate and key belong together"},
        together_row{"push_certificate_without_key", "deliveries: {tls: {certificate: pki/gateway.pem}}\n",
                     "3:33: deliveries.tls.certificate: certificate and key belong together"},
        together_row{"push_list_without_authority", "deliveries: {tls: {crl: pki/ca.pem}}\n",
                     "3:25: deliveries.tls.crl: needs deliveries.tls.ca"},
        together_row{"port_of_a_broker", "ledger: {kind: kafka, kafka: {bootstrap: \"a:99999\"}}\n",
                     "3:42: ledger.kafka.bootstrap: must be host:port,host:port…"}),
    [](const auto& row) { return row.param.name; });

TEST_F(Configuration, FilesOfTheOtherLedgerNeedNotBeThere) {
    EXPECT_THAT(mistakes(least_ + "ledger: {kind: embedded, kafka: {tls: {ca: none.pem}}}\n"), IsEmpty());
}

TEST_F(Configuration, MissingFileIsOneMistake) {
    EXPECT_THAT(in_english(load_configuration(folder_ / "none.yaml").mistakes),
                ElementsAre((folder_ / "none.yaml").string() + ": no such file"));
}

TEST_F(Configuration, FileIsReadFromDisk) {
    std::ofstream(folder_ / "tongban.yaml") << least_;
    EXPECT_TRUE(load_configuration(folder_ / "tongban.yaml").value.has_value());
}

// What has to be there in the example is made by the quick start: certificates in its work folder.
TEST(ConfigurationExample, FiveCitiesIsValidOnceItsCertificatesAreMade) {
    const fs::path file = fs::path(TONGBAN_SOURCE_DIR) / "examples/five-cities/tongban.yaml";
    for (const auto& m : load_configuration(file).mistakes)
        EXPECT_TRUE(m.message.en.starts_with("no such file") && m.field.find("tls") != std::string::npos)
            << m.text();
}

TEST(ConfigurationValues, AreReadAndWrittenWithTheirUnits) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("2d"), 48h);
    EXPECT_EQ(write_duration(90min), "90m");
    EXPECT_EQ(write_duration(1500ms), "1500ms");
    EXPECT_EQ(parse_size("4MiB"), 4U << 20);
    EXPECT_EQ(write_size(16 * 1024), "16KiB");
    for (const char* wrong : {"", "5", "s", "-5s", "5 s", "5S", "1.5s", "99999999999999999d", "5ss"})
        EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
    for (const char* wrong : {"4MB", "4M", "KiB", "18446744073709551615GiB"})
        EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
}

TEST(ConfigurationReference, StaysSmallAndEveryKeyIsOne) {
    const auto settings = configuration_settings();
    EXPECT_LE(settings.size(), 100U); // what nobody has to choose stays a constant
    std::set<std::string> keys;
    for (const auto& s : settings) {
        EXPECT_TRUE(keys.insert(s.key).second) << s.key;
        EXPECT_FALSE(s.meaning.empty()) << s.key;
        EXPECT_FALSE(s.range.empty()) << s.key;
    }
}

TEST(ConfigurationReference, IsTheOneInTheDocumentation) {
    std::ifstream in(fs::path(TONGBAN_SOURCE_DIR) / "docs/configuration.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    EXPECT_THAT(page, HasSubstr(configuration_reference()))
        << "docs/configuration.md is out of date; its table must be:\n"
        << configuration_reference();
}

} // namespace
} // namespace tongban::app
