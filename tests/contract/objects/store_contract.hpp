// What every object store must do. An adapter's test file gives the factory; the tests are in store_contract_tests.cpp.
#pragma once

#include "connectors/objects/object_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

namespace tongban::objects::contract {

// A store that is empty, and what keeps it alive.
struct world {
    std::shared_ptr<object_store> store;
    // The same place opened anew, as another process would.
    std::function<std::shared_ptr<object_store>()> again;
    std::shared_ptr<void> holds;
};

struct adapter {
    const char* name;
    world (*make)();
    std::size_t large_bytes; // of an object that the adapter moves in several steps
    friend void PrintTo(const adapter& one, std::ostream* out) { *out << one.name; }
};

class object_store_contract : public ::testing::TestWithParam<adapter> {
protected:
    void SetUp() override { world_ = GetParam().make(); }
    object_store& store() { return *world_.store; }
    world world_;
};

// `size` bytes that no other seed has, and their name.
std::string content(std::size_t size, unsigned seed);
std::string name_of(std::string_view bytes);

} // namespace tongban::objects::contract
