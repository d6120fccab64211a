// Addresses of files in messages: what is one, and which networks the gateway may reach for them.
#include "connectors/fetch/file_address.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace tongban::fetch {
namespace {

address_kind kind(const std::string& text) {
    sockaddr_storage storage{};
    if (text.find(':') == std::string::npos) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &in.sin_addr), 1) << text;
        std::memcpy(&storage, &in, sizeof in);
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &in.sin6_addr), 1) << text;
        std::memcpy(&storage, &in, sizeof in);
    }
    return kind_of(reinterpret_cast<const sockaddr&>(storage));
}

TEST(FileAddress, NetworksAreKnownByTheirNumbers) {
    for (const char* open : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                             "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
                             "198.20.0.0", "223.255.255.255", "2400:3200::1", "2606:4700::1111", "2001:4860::8888",
                             "::ffff:1.1.1.1"}) {
        EXPECT_EQ(kind(open), address_kind::open) << open;
    }
    for (const char* internal : {"10.0.0.0", "10.255.255.255", "127.0.0.1", "127.255.255.255", "172.16.0.0", "172.31.255.255",
                                 "192.168.0.1", "100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fdff::1",
                                 "::ffff:10.0.0.1", "::ffff:127.0.0.1"}) {
        EXPECT_EQ(kind(internal), address_kind::internal) << internal;
    }
    for (const char* never : {"0.0.0.0", "0.1.2.3", "169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255",
                              "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
                              "::", "fe80::1", "febf::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::101:101",
                              "2002:7f00:1::", "2002:0101:0101::", "2001::1", "2001:db8::1", "3fff::1", "::7f00:1", "100::1",
                              "::ffff:169.254.169.254"}) {
        EXPECT_EQ(kind(never), address_kind::never) << never;
    }
    sockaddr other{};
    other.sa_family = AF_UNIX;
    EXPECT_EQ(kind_of(other), address_kind::never);
}

TEST(FileAddress, HostAndPortAreRead) {
    const auto plain = read_file_address("https://Files.Example.CN/a?token=x%20y");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "files.example.cn");
    EXPECT_EQ(plain->port, 443);
    const auto other = read_file_address("https://10.0.0.7:8443/");
    ASSERT_TRUE(other);
    EXPECT_EQ(other->host, "10.0.0.7");
    EXPECT_EQ(other->port, 8443);
    const auto six = read_file_address("https://[fd00::7]/x");
    ASSERT_TRUE(six);
    EXPECT_EQ(six->host, "fd00::7");
}

TEST(FileAddress, WhatIsNoneIsRefused) {
    for (const char* wrong : {"", "/v1/x", "files.example.cn/a", "http://files.example.cn/a", "ftp://files.example.cn/a",
                              "file:///etc/passwd", "gopher://x/", "https:///a", "https://", "https://user@files.example.cn/a",
                              "https://a:b@files.example.cn/", "https://files.example.cn/a#b", "https://files.example.cn:0/",
                              "https://files.example.cn:65536/", "https://files.example.cn:x/", "https://fi les.example.cn/",
                              "https://files.example.cn\\@evil/", "https://files%2eexample.cn%00/", "HTTPS//x",
                              "https://files.example.cn/\r\nHost: x"}) {
        EXPECT_FALSE(read_file_address(wrong)) << wrong;
    }
    EXPECT_FALSE(read_file_address("https://files.example.cn/" + std::string(5000, 'a')));
}

} // namespace
} // namespace tongban::fetch
