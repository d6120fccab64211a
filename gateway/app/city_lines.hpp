// An emulated city's HTTPS connections to the gateway, with its own certificate and its window's.
#pragma once

#include "gateway/app/emulated_city.hpp"
#include "gateway/app/https_client.hpp"
#include "gateway/emulator/gateway_line.hpp"

#include <atomic>

namespace tongban::app {

struct city_lines {
    std::vector<client_identity> platform; // one for each address of the gateway, in turn when one is away
    std::vector<client_identity> window;   // empty when the city has none
    const std::atomic<bool>* stop = nullptr;

    // Makes lines for one thread; keeps a copy of this.
    emulator::open_lines opener() const;
};

city_lines lines_of(const emulate_options& options);

} // namespace tongban::app
