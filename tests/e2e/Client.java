import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

// A city's Java platform: sends one file over mutual TLS with the JDK's own client, twice on one connection.
// java Client.java ADDRESS CA CERTIFICATE KEY FILE CONTENT_TYPE CHARSET PROTOCOL
public class Client {
    public static void main(String[] arguments) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        trusted.setCertificateEntry("ca", certificates.generateCertificate(Files.newInputStream(Path.of(arguments[1]))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);

        Certificate[] chain = certificates.generateCertificates(new ByteArrayInputStream(
            Files.readAllBytes(Path.of(arguments[2])))).toArray(new Certificate[0]);
        String pem = Files.readString(Path.of(arguments[3])).replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(
            new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null);
        own.setKeyEntry("own", key, new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);

        SSLContext context = SSLContext.getInstance(arguments[7]);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        for (int i = 0; i < 2; ++i) {
            HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(URI.create(arguments[0])).header("Content-Type", arguments[5])
                    .POST(HttpRequest.BodyPublishers.ofFile(Path.of(arguments[4]))).build(),
                HttpResponse.BodyHandlers.ofByteArray());
            System.out.println(answer.statusCode() + " " + answer.version() + " "
                + new String(answer.body(), Charset.forName(arguments[6])).replaceAll("\\s+", " "));
        }
    }
}
