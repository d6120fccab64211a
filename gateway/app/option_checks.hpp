// What several commands ask of an option's text, and what is said of a command line that is wrong: in Chinese and English.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace tongban::app {

// A region code of six digits (GB/T 2260). Shown in help as REGION.
CLI::Validator region_check();

// Digits only, and not less than `least`. CLI11 takes "-1" for the largest number of 64 bits.
CLI::Validator whole_number_check(std::uint64_t least = 0);

// The mistake of a command line, the command that was meant, and where its help is: three lines for standard error.
// What CLI11 itself finds is told in Chinese too. `app` is the whole program, parsed as far as it went.
std::string usage_error(const CLI::App* app, const CLI::Error& error);

} // namespace tongban::app
