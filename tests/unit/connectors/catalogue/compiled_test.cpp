// The compiled form: there and back, and that not one damaged byte goes unseen.
#include "tests/unit/connectors/catalogue/catalogue_files.hpp"

#include <gmock/gmock.h>

namespace tongban::catalogue {
namespace {

using sample::load;

class CompiledCatalogue : public testing::Test {
protected:
    load_result source =
        load({{"items.yaml", sample::example("items.yaml")}, {"agreements.yaml", sample::example("agreements.yaml")}});
    std::string bytes = compile(*source.loaded);
};

TEST_F(CompiledCatalogue, IsTheSameCatalogue) {
    const auto read = load({{"catalogue.binpb", bytes}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    EXPECT_EQ(sample::whole(*read.loaded), sample::whole(*source.loaded));
    EXPECT_EQ(read.loaded->header().version(), "2026.11");
    EXPECT_TRUE(read.loaded->lists_agreements());
    EXPECT_EQ(compile(*read.loaded), bytes);
}

TEST_F(CompiledCatalogue, CutAnywhereIsRefused) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ASSERT_EQ(load({{"catalogue.binpb", bytes.substr(0, size)}}).loaded, nullptr) << size;
    }
    EXPECT_EQ(load({{"catalogue.binpb", bytes + '\0'}}).loaded, nullptr);
}

TEST_F(CompiledCatalogue, AChangedBitIsSeenWhereverItIs) {
    for (std::size_t at = 0; at < bytes.size(); at += at < 400 ? 1 : 7) { // each of the header
        for (const int bit : {1, 32, 128}) {
            auto changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ bit);
            ASSERT_EQ(load({{"catalogue.binpb", changed}}).loaded, nullptr) << at << ' ' << bit;
        }
    }
}

TEST_F(CompiledCatalogue, OfAnotherFormatIsToImportAgain) {
    auto old = bytes;
    old[old.find('2')] = '1';
    EXPECT_THAT(sample::texts(load({{"catalogue.binpb", old}})), testing::HasSubstr("import it again"));
}

TEST_F(CompiledCatalogue, IsCheckedLikeAnyOther) {
    cases::catalogue_contents wrong;
    *wrong.header.add_classes() = source.loaded->header().classes(0);
    auto& item = wrong.add_item();
    item = *source.loaded->rows()[0].item;
    item.mutable_promise()->set_value(-1);
    const auto read = load({{"catalogue.binpb", compile(*cases::catalogue::build(std::move(wrong)))}});
    EXPECT_EQ(read.loaded, nullptr);
    EXPECT_THAT(sample::texts(read), testing::HasSubstr("11120103TT000041004002036011000@1.promise"));
}

} // namespace
} // namespace tongban::catalogue
