import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS server of Java's own library: Jsse STORE PORT PROTOCOLS SUITES, "-" for what it comes with. */
public class Jsse {
    public static void main(String[] args) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream in = new FileInputStream(args[0])) {
            store.load(in, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(args[1]), 100, InetAddress.getByName("127.0.0.1"));
        if (!args[2].equals("-")) {
            server.setEnabledProtocols(args[2].split(","));
        }
        if (!args[3].equals("-")) {
            server.setEnabledCipherSuites(args[3].split(","));
        }
        while (true) {
            SSLSocket client = (SSLSocket) server.accept();
            Thread handler = new Thread(() -> {
                try (client) {
                    client.startHandshake();
                    client.getInputStream().read();
                } catch (java.io.IOException refused) {
                    // the client is a prober: most of its handshakes end here
                }
            });
            handler.setDaemon(true);
            handler.start();
        }
    }
}
