// The five cities' dialects and samples, for tests.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tongban::dialects::testing {

std::string file_text(const std::string& path);               // below the source folder
std::string sample(const std::string& name);                  // of examples/five-cities/messages
std::string expected_text();                                  // what the samples must yield
std::shared_ptr<const dialect> city(const std::string& name); // loaded once; fails the test when it is wrong
std::string city_of(const std::string& sample_name);          // "jining"
const std::vector<std::string>& city_names();
std::vector<std::string> sample_names();
std::string content_type_of(const std::string& sample_name);

// `text` with the first `from` replaced; fails the test when there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);

// A dialect from text; fails the test when it has mistakes.
std::shared_ptr<const dialect> made(const std::string& yaml);
std::string mistakes_of(const std::string& yaml); // one a line

// Reads with `d` and gives copies of the events; fails the test on a refusal or violation.
std::vector<v1::CaseEvent> events_of(const dialect& d, const std::string& body,
                                     const std::string& content_type = "");

// Written with `d`; fails the test when something of the event is lost. The body.
std::string lossless(const dialect& d, const v1::CaseEvent& event);

} // namespace tongban::dialects::testing
