// Puts an emulated city together from the command's options, and runs it until it is told to stop.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tongban::app {

struct emulate_options {
    std::string city, configuration, certificate, key, ca;
    std::vector<std::string> gateways;
    std::string listen, listen_certificate, listen_key;
    std::string window_certificate, window_key;
    std::string script, misbehave, slow_for, journal, duration, patience;
    std::uint64_t seed = 1;
    int visibility_s = 30;
    int connections = 8;
    bool json = false;
};

// Gives the exit code; what is wrong goes to `errors`, a sentence a line.
int run_emulated_city(const emulate_options& options, std::ostream& out, std::ostream& errors);

} // namespace tongban::app
